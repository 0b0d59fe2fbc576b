package brand

import (
	"context"
	"maps"
	"slices"
	"sync"

	"baton/static"
)

func sortedNames(tokens static.Colours) []string { return slices.Sorted(maps.Keys(tokens)) }

// tried is how many drafts' files are kept for whoever looks at them.
const tried = 16

// Service holds what the pages wear. Safe for concurrent use.
type Service struct {
	store    Store
	base     *Dress // without a choice
	fromFile bool

	mu    sync.RWMutex
	now   *Dress
	tries []*Dress // the latest last
}

// Open reads the kept brand. base is what the pages wear without one; where it comes from a file, it also goes before what
// was kept earlier, until somebody chooses again.
func Open(ctx context.Context, store Store, base Brand, fromFile bool) (*Service, error) {
	s := &Service{store: store, base: NewDress(base), fromFile: fromFile}
	s.now = s.base
	if fromFile {
		return s, nil
	}
	kept, ok, err := store.Brand(ctx)
	if err != nil {
		return nil, err
	}
	if ok {
		s.now = NewDress(kept)
	}
	return s, nil
}

// Now is what the pages wear.
func (s *Service) Now() *Dress {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.now
}

// Base is what they wear without a choice, and whether that comes from a file.
func (s *Service) Base() (base *Dress, fromFile bool) { return s.base, s.fromFile }

// Try makes a draft's files without the pages wearing it. They stay until 16 others were tried.
func (s *Service) Try(b Brand) *Dress {
	d := NewDress(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(d)
	return d
}

func (s *Service) remember(d *Dress) {
	if s.tries = append(s.tries, d); len(s.tries) > tried {
		s.tries = slices.Delete(s.tries, 0, 1)
	}
}

// Use keeps a brand, and the pages wear it from now on. The files of the one before stay for a while, for pages that are
// being loaded.
func (s *Service) Use(ctx context.Context, b Brand) error {
	if err := s.store.KeepBrand(ctx, b); err != nil {
		return err
	}
	s.wear(NewDress(b))
	return nil
}

// Drop forgets the choice.
func (s *Service) Drop(ctx context.Context) error {
	if err := s.store.DropBrand(ctx); err != nil {
		return err
	}
	s.wear(s.base)
	return nil
}

func (s *Service) wear(d *Dress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(s.now)
	s.now = d
}

// Lookup returns the file at a URL path.
func (s *Service) Lookup(path string) (File, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range append([]*Dress{s.now, s.base}, s.tries...) {
		if i := slices.IndexFunc(d.files, func(f File) bool { return f.Path == path }); i >= 0 {
			return d.files[i], true
		}
	}
	return File{}, false
}

// Logo returns the logo at a URL path.
func (s *Service) Logo(path string) (Logo, bool) {
	file, ok := s.Lookup(path)
	if !ok || file.Type != TypeSVG && file.Type != TypePNG {
		return Logo{}, false
	}
	return Logo{Type: file.Type, Data: file.Body}, true
}
