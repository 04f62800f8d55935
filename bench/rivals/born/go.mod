module github.com/lanewise/lanewise/bench/rivals/born

go 1.25.0

require (
	github.com/born-ml/born v0.1.1
	github.com/lanewise/lanewise v0.0.0
)

replace github.com/lanewise/lanewise => ../../../
