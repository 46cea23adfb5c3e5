/** Suites and fakes for those who implement or use the seam of system calls. @module */

export * from './scripted-kernel.js'
export * from './syscalls-suite.js'
