package dataset

import (
	"encoding/binary"
	"io"
)

// orientation is how a JPEG image wants to be turned, 1 to 8, by the tag 0x0112 of its
// Exif segment: see "Exif 2.32", 4.6.4. 1, as it is, is also the answer where there
// is no such tag.
func orientation(r io.Reader) int {
	var marker [4]byte
	if _, err := io.ReadFull(r, marker[:2]); err != nil { // FF D8
		return 1
	}
	for {
		if _, err := io.ReadFull(r, marker[:]); err != nil || marker[0] != 0xff || marker[1] == 0xda { // the image begins
			return 1
		}
		segment := make([]byte, max(2, binary.BigEndian.Uint16(marker[2:]))-2)
		if _, err := io.ReadFull(r, segment); err != nil {
			return 1
		}
		if marker[1] == 0xe1 && len(segment) > 6 && string(segment[:6]) == "Exif\x00\x00" {
			return exifOrientation(segment[6:])
		}
	}
}

// exifOrientation looks for the tag in the first directory of a TIFF header.
func exifOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	const entry = 12
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	n := int(order.Uint16(b[at:]))
	for b = b[at+2:]; n > 0 && len(b) >= entry; n, b = n-1, b[entry:] {
		if order.Uint16(b) == 0x0112 {
			if v := order.Uint16(b[8:]); v >= 1 && v <= 8 {
				return int(v)
			}
			return 1
		}
	}
	return 1
}
