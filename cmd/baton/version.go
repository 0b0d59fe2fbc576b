package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is set by the linker where the build knows it (see the Makefile).
var version = ""

// VersionCmd prints the version.
type VersionCmd struct{}

// Run prints one line: version, Go version, platform.
func (VersionCmd) Run(out io.Writer) error {
	_, err := fmt.Fprintf(out, "baton %s %s %s/%s\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// versionText is the linker's version, else what Go recorded of the source, else "unknown".
func versionText() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, changed := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			revision = setting.Value[:min(12, len(setting.Value))]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "-changed"
		}
	}
	if revision == "" {
		return "unknown"
	}
	return revision + changed
}
