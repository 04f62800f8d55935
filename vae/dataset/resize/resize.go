// Package resize scales images for package dataset. It is a package of its own so that
// who imports dataset, or vae, does not build golang.org/x/image.
package resize

import (
	"image"
	stddraw "image/draw"

	"golang.org/x/image/draw"
)

// CatmullRom is a dataset.Scaler: cubic interpolation, and where images become smaller
// the mean over as many pixels as one of the result covers.
func CatmullRom(dst stddraw.Image, src image.Image, part image.Rectangle) {
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, part, draw.Src, nil)
}
