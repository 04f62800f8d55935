// Package peak is the measure that products are held against: a loop of fused
// multiply-adds on registers alone.
package peak
