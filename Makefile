# make book: install, execute every chapter, build the site.   make test: check everything.
.PHONY: help book serve pdf lite problem-set slides cards site colab lab test test-runtime notebooks picture measure study benchmark rates lint lock clean

# The first of these that is Python 3.11 or later; override with `make PYTHON=...`.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PICTURE := web/static/underinvestment.png
NOTEBOOKS := $(wildcard chapters/*.ipynb course/*.ipynb course/slides/*.ipynb)
# Many small problems: threads inside each would only compete.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
SOLUTIONS ?= yes
EDITION := _build/without-solutions
ifeq ($(filter yes no,$(SOLUTIONS)),)
$(error SOLUTIONS is yes or no, not "$(SOLUTIONS)")
endif

help:
	@echo "make book       install into .venv, execute the chapters, build the site"
	@echo "make serve      show the site at http://localhost:8000"
	@echo "make pdf        print the whole book into one PDF, linked from its first page"
	@echo "make lite       let readers run the chapters in their browser, linked from each chapter"
	@echo "make problem-set  make the problem set's student and instructor editions"
	@echo "make slides     build the course's slides, and print them as PDFs"
	@echo "make cards      print the classroom experiment's cards and sheets as PDFs"
	@echo "make site       book, pdf, lite, problem set, slides and cards: everything that is published"
	@echo "make colab      write copies of the chapters for Google Colab, which install pesim_lib"
	@echo "make lab        open the chapters in JupyterLab, with live sliders"
	@echo "make test       build, then check the library, the notebooks and the site"
	@echo "make test-runtime  check the library on the versions that run in the reader's browser"
	@echo "make notebooks  execute the chapters and store clean outputs in them"
	@echo "make picture    draw the README's picture"
	@echo "make measure    say how large and how fast the built site is"
	@echo "make study      go on with the table behind the chapter on structure"
	@echo "make benchmark  compare solvers side by side, for the same chapter (ten minutes or more)"
	@echo "make rates      count the rounds of the message exchange, for its chapter (a minute or two)"
	@echo "make lint       check style, and the workflows"
	@echo "make lock       renew requirements.txt from pyproject.toml"
	@echo "make clean      remove everything that was built"
	@echo "make ... SOLUTIONS=no  any of these up to lab, for an edition without solutions"

ifeq ($(SOLUTIONS),no)

# The same commands, in a copy of the sources that holds no solution.
book serve pdf lite problem-set slides cards site colab lab: .venv/installed
	$(BIN)/python web/without_solutions.py $(EDITION)
	$(MAKE) -C $(EDITION) $@ SOLUTIONS=yes

else

book: .venv/installed
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo
	@echo "The book: $(CURDIR)/_build/html/index.html (or: make serve)"

serve:
	@test -f _build/html/index.html || $(MAKE) book
	@echo "http://localhost:8000 (stop with Ctrl-C)"
	@$(BIN)/python -m http.server 8000 --directory _build/html

pdf: book
	$(BIN)/python web/print_book.py

lite: book
	$(BIN)/python web/run_in_browser.py > _build/lite.log 2>&1 || { cat _build/lite.log; exit 1; }

problem-set: book
	$(BIN)/python course/problem-set/editions.py

slides: book
	$(BIN)/sphinx-build -q -W -b revealjs -d _build/.slides course/slides _build/html/course/slides
	$(BIN)/python web/print_slides.py

cards: book
	$(BIN)/python course/experiment/print_cards.py

# Everything that is published.
site: book pdf lite problem-set slides cards

colab: .venv/installed
	$(BIN)/python web/doors.py

lab: .venv/installed
	$(BIN)/jupyter lab chapters

endif

test: site lint
	PESIM_EXPLORE=stored $(BIN)/pytest --nbval --nbval-sanitize-with tests/nbval-sanitize.cfg \
	  -n 2 --dist loadfile -q $(NOTEBOOKS)
	$(BIN)/pytest -n 2 --dist loadgroup -q

# tests/test_lite.py compares these with what Pyodide ships.
RUNTIME := numpy==2.4.6 scipy==1.18.0 matplotlib==3.10.8
test-runtime:
	$(PYTHON) -m venv _build/runtime
	_build/runtime/bin/pip install -q $(RUNTIME) ipywidgets joblib tqdm sympy \
	  pytest hypothesis quantecon playwright
	PYTHONPATH=. _build/runtime/bin/python -m pytest -q tests/test_theorems.py \
	  tests/test_known_answers.py tests/test_proofs.py tests/test_generality.py tests/test_explore.py

notebooks: .venv/installed
	PESIM_EXPLORE=stored $(BIN)/jupyter execute --inplace $(NOTEBOOKS)
	$(BIN)/jupyter nbconvert --to notebook --inplace --coalesce-streams $(NOTEBOOKS)
	$(BIN)/nbstripout --keep-output --keep-id \
	  --extra-keys "metadata.language_info" $(NOTEBOOKS)

picture: .venv/installed
	$(BIN)/python -c "from pathlib import Path; from pesim_lib import figures; from pesim_lib.display.drawing import png; Path('$(PICTURE)').write_bytes(png(figures.underinvestment(), dpi=120))"

measure: book
	$(BIN)/python benchmarks/site.py

# A finished row is kept: delete chapters/study.csv to compute everything afresh.
study: .venv/installed
	$(BIN)/python benchmarks/study.py

# The solvers compared are installed here only: no reader needs them.
benchmark: .venv/installed
	$(BIN)/python -m pip install -q -c requirements.txt -e '.[benchmark]'
	$(BIN)/python benchmarks/solvers.py

rates: .venv/installed
	$(BIN)/python benchmarks/exchange.py

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/zizmor --offline --quiet .github

lock: .venv/installed
	$(BIN)/pip install uv
	$(BIN)/uv pip compile pyproject.toml --extra book --extra test --universal --python-version 3.11 \
	  --custom-compile-command "make lock" --no-annotate --no-emit-package pesim-lib -o requirements.txt

clean:
	rm -rf _build .venv *.egg-info .hypothesis .pytest_cache .ruff_cache

.venv/installed: requirements.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: install it, or name it with make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; $(MAKE) --no-print-directory venv-package && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --upgrade pip
	$(BIN)/python -m pip install -r requirements.txt
	$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	@touch $@

# Debian and Ubuntu ship Python without the venv module.
.PHONY: venv-package
venv-package:
	@echo "Python lacks its venv module; installing python3-venv"
	@if [ "$$(id -u)" = 0 ]; then apt-get update -q && apt-get install -y -q python3-venv; \
	else sudo -n apt-get update -q && sudo -n apt-get install -y -q python3-venv; fi \
	|| { echo "Please install it: sudo apt-get install python3-venv"; exit 1; }
