/** Suites and fakes for those who implement or use the seam of system calls. @module */
export * from './syscalls-suite.js'
