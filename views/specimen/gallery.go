package specimen

import "baton/views"

// Gallery is the list of all pages, each with the address of Still.
func Gallery() views.GalleryPage {
	var gallery views.GalleryPage
	for _, page := range Pages() {
		last := len(gallery.Views) - 1
		if last < 0 || gallery.Views[last].Name != page.View {
			gallery.Views = append(gallery.Views, views.GalleryView{Name: page.View})
			last++
		}
		gallery.Views[last].States = append(gallery.Views[last].States, views.Link{Label: page.State, Href: page.Path()})
	}
	return gallery
}
