# SPDX-License-Identifier: GPL-2.0-only
# The tarball and the packages. Makefile includes this; $(version) is its.
# Each target works in a scratch directory and leaves what it made in dist/.

name := xen-pciback-pm
dist := $(CURDIR)/dist
tarball := $(dist)/$(name)-$(version).tar.gz

.PHONY: dist deb rpm packaging-tools

# What starts each recipe: a directory that goes again however the recipe ends.
in-scratch = set -e; umask 022; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT

# HEAD's date for all that is built; a changelog's can lie in the future, and
# times are only ever turned back.
dated = export SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct)

# $(call need,PROGRAM)
need = command -v $(1) >/dev/null || \
	{ echo "$(1) is missing; on Debian: make packaging-tools" >&2; exit 1; }

# $(call same-version,FILE,VERSION): dkms.conf has the version, $(1) repeats it.
same-version = [ "$(2)" = "$(version)" ] || \
	{ echo "$(1) has version $(2), dkms.conf has $(version)" >&2; exit 1; }

# The work tree as git would commit it, or HEAD where that is the same, always
# with HEAD's date: the same content gives the same bytes. The commit and what
# belongs to it live in the scratch directory; the repository stays as it is.
dist:
	@$(call same-version,src/pcifront-pme/dkms.conf,$(call version-of,src/pcifront-pme/dkms.conf))
	@$(call same-version,src/command/xen-pciback-pm,$$(sed -n 's/^version=//p' src/command/xen-pciback-pm))
	@$(in-scratch); mkdir -p "$$scratch/objects" "$(dist)"; \
	export GIT_INDEX_FILE="$$scratch/index"; \
	export GIT_ALTERNATE_OBJECT_DIRECTORIES="$$(realpath "$$(git rev-parse --git-path objects)")"; \
	export GIT_OBJECT_DIRECTORY="$$scratch/objects"; \
	git read-tree HEAD; git add --all; tree=$$(git write-tree); commit=HEAD; \
	if [ "$$tree" != "$$(git rev-parse 'HEAD^{tree}')" ]; then \
		echo "The work tree is not HEAD; $(notdir $(tarball)) has the work tree."; \
		date=$$(git log -1 --format='%ct +0000'); \
		commit=$$(GIT_AUTHOR_DATE="$$date" GIT_COMMITTER_DATE="$$date" \
			git -c user.name=nobody -c user.email=nobody \
			commit-tree -m 'Not a release' "$$tree"); \
	fi; \
	git -c tar.umask=0022 archive --format=tar --prefix=$(name)-$(version)/ \
		"$$commit" | gzip -9n >"$$scratch/tarball"; \
	mv "$$scratch/tarball" "$(tarball)"; \
	echo "dist/$(notdir $(tarball))"

deb: dist
	@$(call need,dpkg-buildpackage)
	@$(call same-version,debian/changelog,$$(dpkg-parsechangelog -S Version | sed 's/-[^-]*$$//'))
	@$(in-scratch); $(dated); cd "$$scratch"; \
	cp "$(tarball)" $(name)_$(version).orig.tar.gz; \
	tar -xf "$(tarball)"; \
	(cd $(name)-$(version) && dpkg-buildpackage -us -uc); \
	rm -r $(name)-$(version); \
	mv * "$(dist)"

# Without %dist: it builds for any, under the names that README.md has.
rpm: dist
	@$(call need,rpmbuild)
	@$(call same-version,rpm/$(name).spec,$$(rpmspec -q --srpm --qf '%{version}' rpm/$(name).spec))
	@$(in-scratch); $(dated); \
	rpmbuild -ta "$(tarball)" --define "_topdir $$scratch" \
		--define 'use_source_date_epoch_as_buildtime 1' \
		--define 'clamp_mtime_to_source_date_epoch 1' \
		--define '_buildhost localhost' --define 'dist %{nil}'; \
	mv "$$scratch"/RPMS/noarch/* "$$scratch"/SRPMS/* "$(dist)"

# On Debian, as root.
packaging-tools:
	apt-get install --yes --no-install-recommends \
		build-essential debhelper dh-dkms dpkg-dev git lintian rpm rpmlint
