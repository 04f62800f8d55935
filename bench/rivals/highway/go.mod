module github.com/lanewise/lanewise/bench/rivals/highway

go 1.26.0

require (
	github.com/ajroetker/go-highway v0.0.12
	github.com/lanewise/lanewise v0.0.0
)

require golang.org/x/sys v0.46.0 // indirect

replace github.com/lanewise/lanewise => ../../../
