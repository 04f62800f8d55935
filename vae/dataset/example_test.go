package dataset_test

import (
	"bytes"
	"fmt"

	"github.com/lanewise/lanewise/vae/dataset"
)

func ExampleReadIDX() {
	file := []byte{
		0, 0, 8, 3, // unsigned bytes in 3 dimensions
		0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, // 2 images of 2 rows and 3 columns
		0, 128, 255, 255, 128, 0,
		9, 9, 9, 7, 7, 7,
	}
	images, err := dataset.ReadIDX(bytes.NewReader(file)) // gzipped it would do as well
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(images.Len(), "images of", images.Rows, "x", images.Cols)
	fmt.Println(images.Image(1))

	_, err = dataset.ReadIDX(bytes.NewReader(file[:20]))
	fmt.Println(err)
	// Output:
	// 2 images of 2 x 3
	// [9 9 9 7 7 7]
	// dataset: truncated: the header claims 2 images of 2x3 (12 bytes), but 4 bytes of pixels follow; download or copy the file again: unexpected EOF
}

func ExampleLoadDir() {
	// digits is a folder of MNIST's form; a folder of PNG files will do too.
	data, err := dataset.LoadDir("digits", dataset.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(data.Train.Len(), "to train,", data.Test.Len(), "to test")
	fmt.Println(data.Train.Limit(512).Len(), "for a quick run")
	// Output:
	// 6000 to train, 1000 to test
	// 512 for a quick run
}
