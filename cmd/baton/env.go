package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// maxSecretFile is the most that is read of a secret's file, in bytes.
const maxSecretFile = 64 << 10

// environment is what a command has around it, and what was found wrong while its flags were filled.
type environment struct {
	getenv         func(string) string
	stdout, stderr io.Writer
	command        string
	problems       []string
	inputTaken     bool // some flag has read the input
}

// envName is a flag's environment twin.
func envName(flag string) string {
	return "BATON_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func isSecret(flag *kong.Flag) bool { return flag.Tag.Has("secret") }

// isFile is of a flag that names a file: its twin does so under both names, with _FILE and without.
func isFile(flag *kong.Flag) bool { return flag.Tag.Has("file") }

// isSecretFile is of a flag that names a secret's file. Its twin is the secret's own, which fills the secret.
func isSecretFile(flag *kong.Flag) bool { return flag.Tag.Has("secretfile") }

// resolve fills a flag that is not on the command line from its twin. What is wrong there is noted and told together
// with the rest, instead of ending at the first.
func (e *environment) resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if flag.Name == "help" || isSecretFile(flag) {
		return nil, nil
	}
	name := envName(flag.Name)
	value := e.getenv(name)
	if file := e.getenv(name + "_FILE"); file != "" && (isSecret(flag) || isFile(flag)) {
		if value != "" {
			e.problem("%s and %s_FILE are both set; unset one of them", name, name)
			return nil, nil
		}
		value = file
		if isSecret(flag) {
			secret, err := e.readSecret(file)
			if err != nil {
				e.problem("%s_FILE cannot be read: %v", name, err)
				return nil, nil
			}
			value = secret
		}
	}
	if value == "" {
		return nil, nil
	}
	if flag.IsBool() {
		on, err := strconv.ParseBool(value)
		if err != nil {
			e.problem("%s takes true or false, not %q", name, value)
			return nil, nil
		}
		return on, nil
	}
	// kong takes a comma as the end of a list's element in a string, as it does on the command line.
	return value, nil
}

func (e *environment) problem(format string, args ...any) {
	e.problems = append(e.problems, fmt.Sprintf(format, args...))
}

// readSecret reads a secret's file, or a line of the input where its name is -: somebody may paste it there.
func (e *environment) readSecret(file string) (secret string, err error) {
	if file != "-" {
		secret, err = e.readSource(file, maxSecretFile)
	} else if err = e.takeInput(); err == nil {
		secret, err = bufio.NewReader(io.LimitReader(os.Stdin, maxSecretFile)).ReadString('\n')
		if err == io.EOF {
			err = nil
		}
	}
	if secret = strings.TrimRight(secret, "\r\n"); err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	return secret, err
}

// readSource reads a file whole, or the input where its name is -, which one flag only may name.
func (e *environment) readSource(name string, most int64) (string, error) {
	source := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		source = f
	} else if err := e.takeInput(); err != nil {
		return "", err
	}
	read, err := io.ReadAll(io.LimitReader(source, most+1))
	if err == nil && int64(len(read)) > most {
		err = fmt.Errorf("it is larger than %d bytes", most)
	}
	return string(read), err
}

func (e *environment) takeInput() error {
	if e.inputTaken {
		return errors.New("another flag reads the input already")
	}
	e.inputTaken = true
	return nil
}

// secret is a flag's value, or what stands in the file that its twin, --flag-file, names.
func (e *environment) secret(flag, value, file string) string {
	switch {
	case file == "":
		return value
	case value != "":
		e.problem("--%s (%s) and --%s-file are both set; leave one of them away", flag, envName(flag), flag)
		return value
	}
	secret, err := e.readSecret(file)
	if err != nil {
		e.problem("--%s-file cannot be read: %v", flag, err)
	}
	return secret
}

// describeFlag adds a flag's environment twin to its help.
func (e *environment) describeFlag(value *kong.Value) string {
	help := value.Help
	if value.Flag == nil || value.Name == "help" {
		return help
	}
	if value.HasDefault && value.Default != "" && value.Target.Kind() != reflect.Bool {
		help += " Default: " + value.Default + "."
	}
	help += " ($" + envName(value.Name)
	if isSecret(value.Flag) || isFile(value.Flag) {
		help += ", or …_FILE"
	}
	return help + ")"
}
