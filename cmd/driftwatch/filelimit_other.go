//go:build !unix

package main

func surviveFileLimit() {} // there is none
