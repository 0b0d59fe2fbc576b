package specimen

import (
	_ "embed" // the code's picture
	"time"

	"github.com/a-h/templ"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"baton/views"
)

//go:embed code.path
var codePath string

// code leads nowhere: to https://baton.example.com/go, with words in the place of a secret.
var code = views.QR{Modules: 41, Path: codePath}

// passport is all that is asked for.
var passport = []string{"PASSPORT"}

// Countries are a few of them.
func Countries(words *views.Words) []views.Country {
	var countries []views.Country
	for _, code := range []string{"AE", "CI", "DE"} {
		countries = append(countries, views.Country{Code: code, Name: country(words, code)})
	}
	return countries
}

func country(words *views.Words, code string) string {
	return display.Regions(words.Tag()).Name(language.MustParseRegion(code))
}

func typed(words *views.Words) views.Person {
	return views.Person{Name: "Ana Specimen", Email: "ana@example.com", Country: country(words, "DE")}
}

func home(change func(*views.HomePage, *views.Words)) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page := views.HomePage{Documents: passport}
		if change != nil {
			change(&page, words)
		}
		return views.Home(page)
	})
}

func register(page views.RegisterPage) templ.Component {
	return worded(func(words *views.Words) templ.Component {
		page.Countries, page.Documents = Countries(words), passport
		return views.Register(page)
	})
}

// Ready is the page that shows a code.
func Ready() views.VerifyPage {
	return views.VerifyPage{
		State: views.StateReady, SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11", Code: code,
		Token: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", Copies: true, Needs: passport,
		Remaining: 9*time.Minute + 41*time.Second, Lifetime: 30 * time.Minute,
	}
}

// Claimed is the page that follows a phone, which has done these steps.
func Claimed(steps ...views.Step) views.VerifyPage {
	page := Ready()
	page.State, page.Seq, page.Code = views.StateClaimed, uint64(len(steps)), views.QR{}
	page.Steps = []views.Step{
		{Service: "SCAN", State: views.StepCurrent}, {Service: "READ", State: views.StepTodo}, {Service: "FACE", State: views.StepTodo},
		{Service: "BACKGROUND_CHECK", State: views.StepTodo}, {Service: "INFO", State: views.StepTodo},
	}
	for i, step := range steps {
		page.Steps[i] = step
		page.Steps[i+1].State = views.StepCurrent
	}
	return page
}

// Confirming is the page that shows a number; wrong says that another was entered before.
func Confirming(wrong bool) views.VerifyPage {
	page := Ready()
	page.State, page.Seq, page.Code, page.Number, page.WrongNumber = views.StateConfirm, 2, views.QR{}, "07", wrong
	return page
}

func secondPhone(page views.VerifyPage) templ.Component {
	page.SecondPhone, page.SecondPhoneNow = true, true
	return views.Verify(page)
}

func verify(state views.VerifyState, change func(*views.VerifyPage)) templ.Component {
	page := views.VerifyPage{State: state, SessionID: "0b8f2f4e-8a53-4a0c-9d0e-6f2b1c7d5e11"}
	if change != nil {
		change(&page)
	}
	return views.Verify(page)
}
