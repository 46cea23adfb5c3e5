/** Classic BPF: filter expressions compiled to it, and programs checked and run as Linux does. @module */
export { assemble, type Item } from './assemble.js'
export { compileCaptureFilter, type FilterPrograms, filterRefusal } from './capture-filter.js'
export { ancillary, isBpf } from './check.js'
export { compileFilter } from './filter/compile.js'
export { FilterError } from './filter/error.js'
export { type BpfFrame, runBpf } from './run.js'
