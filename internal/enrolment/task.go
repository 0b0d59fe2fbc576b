package enrolment

// Task is one thing that an enrolment asks of a person: a document with what belongs to it, or the look at the lists.
type Task struct {
	DocumentType string // "" for the lists
	BothSides    bool
	Chip         ChipUse
	Face         bool
	ScanLevel    int // of the face, which must match the document's picture; with Face, as the next two
	ReadLevel    int // or the chip's; 0 where the chip is not read
	MaxAttempts  int

	Lists      string // CheckTypeRDC or CheckTypeDowJones; "" for a document
	Asked      bool   // the person is asked before
	Monitoring bool   // they go on looking afterwards
}

// ChipUse is whether a document's chip is read.
type ChipUse string

// The uses.
const (
	ChipLeft     ChipUse = ""
	ChipTried    ChipUse = "tried"    // where the phone can
	ChipRequired ChipUse = "required" // phones that cannot are refused
)

// Tasks returns what the enrolment asks of a person, in order.
func (c Config) Tasks() []Task {
	var tasks []Task
	for _, d := range c.Documents {
		task := Task{DocumentType: d.Type, BothSides: TwoSided(d.Type)}
		if d.Reading.Enabled {
			task.Chip = ChipTried
			if d.Reading.Force {
				task.Chip = ChipRequired
			}
		}
		if f := c.FacialRecognition; f.Enabled && HasFaceStep(d.Type) {
			task.Face, task.MaxAttempts = true, f.MaxAttempts
			task.ScanLevel = firstSet(d.ScanMatchLevel, f.ScanMatchLevel, DefaultScanMatchLevel)
			if d.Reading.Enabled {
				task.ReadLevel = firstSet(d.ReadMatchLevel, f.ReadMatchLevel, DefaultReadMatchLevel)
			}
		}
		tasks = append(tasks, task)
	}
	if b := c.BackgroundCheck; b.Enabled {
		tasks = append(tasks, Task{Lists: b.CheckType, Asked: !b.DisableConsent, Monitoring: b.Monitoring})
	}
	return tasks
}
