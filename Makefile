# make book: install, execute every chapter, build the site.   make test: check everything.
# A thin door: `make NAME` is `python tasks NAME`, which works without make, too. See tasks/dodo.py.
PYTHON ?= $(firstword $(foreach p,python3.13 python3.12 python3.11 python3.14 python3, \
  $(shell $(p) tasks help >/dev/null 2>&1 && echo $(p))) python3)
# Names of files may hold blanks, apostrophes and dollar signs.
VARIABLES = $(foreach name,SOLUTIONS PORT NEW FROM COURSE SEED PYODIDE_DIST, \
  $(if $($(name)),'$(name)=$(subst ','\'',$(value $(name)))'))
.NOTPARALLEL:

help:
	@$(PYTHON) tasks help

%:
	@$(PYTHON) tasks $@ $(VARIABLES)

Makefile: ;
