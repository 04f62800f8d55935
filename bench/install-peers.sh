#!/usr/bin/env bash
# Installs what bench/compare runs beside Lanewise: libraries and PyTorch from
# Debian (or Ubuntu), numpy, MKL, JAX and a current PyTorch from PyPI, in a
# virtual environment of their own, and programs of bench/rivals, built with Go.
#
#	bench/install-peers.sh [FOLDER]
#
# FOLDER is $LANEWISE_PEERS, or else lanewise-peers in the user's cache; it takes
# a few gigabytes, for PyPI's PyTorch brings CUDA along. What is there already
# stays. What cannot be had is reported at the end and is no reason to stop:
# bench/compare names it as absent.
set -uo pipefail

folder=${1:-${LANEWISE_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/lanewise-peers}}
venv=$folder/venv
failed=()

# The newest Python has the newest packages.
for python in ${PYTHON:-} python3.14 python3.13 python3.12 python3; do
	"$python" -c 'import venv' 2>/dev/null && break
done

sudo=$([ "$(id -u)" = 0 ] || echo sudo)
export DEBIAN_FRONTEND=noninteractive

if command -v apt-get >/dev/null; then
	missing=()
	for package in libopenblas-dev libblis-dev libdnnl-dev libxsmm-dev libsleef-dev python3-torch python3-venv; do
		[ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
	done
	# One by one: a release without one of them still has the others.
	[ ${#missing[@]} = 0 ] || $sudo apt-get -q update
	for package in "${missing[@]}"; do
		$sudo apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$package" || failed+=("$package (apt)")
	done
else
	failed+=("everything from Debian: there is no apt-get")
fi

# Debian has libxsmm as an archive alone.
archive=$(ls /usr/lib/libxsmm.a /usr/lib/*/libxsmm.a 2>/dev/null | head -n 1)
version=$(dpkg-query -Wf '${Version}' libxsmm-dev 2>/dev/null)
shared=libxsmm.so.${version%-*}
if [ ! -e "$folder/lib/libxsmm.so" ]; then
	mkdir -p "$folder/lib" && [ -n "$archive" ] &&
		cc -shared -o "$folder/lib/$shared" -Wl,--whole-archive "$archive" \
			-Wl,--no-whole-archive "${archive%.a}noblas.a" -ldl -lm -lpthread &&
		ln -s "$shared" "$folder/lib/libxsmm.so" ||
		failed+=("libxsmm.so (cc -shared, from libxsmm.a)")
fi

if mkdir -p "$folder" && { [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"; }; then
	for package in numpy scipy mkl 'jax[cpu]' torch onnx onnxruntime; do
		"$venv/bin/python" -m pip --disable-pip-version-check install --quiet "$package" || failed+=("$package (PyPI)")
	done
	"$venv/bin/python" -m pip --disable-pip-version-check list 2>/dev/null | grep -iE '^(numpy|scipy|mkl|jax|jaxlib|torch|onnxruntime) '
else
	failed+=("everything from PyPI: no virtual environment in $venv")
fi

if command -v go >/dev/null; then
	while read -r line; do
		echo "$line"
		[[ $line == "built: "* ]] || failed+=("${line#not built: } (Go)")
	done < <("$(dirname "$0")/rivals/build.sh" "$folder/rivals")
else
	failed+=("rivals written in Go: there is no go")
fi

if [ ${#failed[@]} != 0 ]; then
	printf 'not installed: %s\n' "${failed[@]}"
	exit 1
fi
echo "all peers are installed; run: go run -tags peers ./bench/compare${1:+ -peers $1}"
