package sqlite_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"baton/internal/brand"
)

func TestBrand(t *testing.T) {
	t.Parallel()
	db, ctx := open(t), t.Context()
	if _, kept, err := db.Brand(ctx); kept || err != nil {
		t.Fatalf("a new file has a brand: %t, %v", kept, err)
	}
	for _, b := range []brand.Brand{
		{Name: "Contoso Bank", NameArabic: "بنك مثال", Light: "#0b6e4f", Dark: "#5fd3a6", Logo: brand.Logo{Type: brand.TypePNG, Data: []byte("\x89PNG\x00")}},
		{Name: "Another", Logo: brand.Logo{Data: []byte{}}},
	} {
		if err := db.KeepBrand(ctx, b); err != nil {
			t.Fatal(err)
		}
		got, kept, err := db.Brand(ctx)
		if diff := cmp.Diff(b, got); diff != "" || !kept || err != nil {
			t.Errorf("%t, %v (-kept +read):\n%s", kept, err, diff)
		}
	}
	for range 2 {
		if err := db.DropBrand(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, kept, err := db.Brand(ctx); kept || err != nil {
		t.Errorf("dropped: %t, %v", kept, err)
	}
}
