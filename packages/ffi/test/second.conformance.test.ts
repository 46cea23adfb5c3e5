/** The second half of the suite that every backend runs, on the kernel through koffi. @module */
import { conformance } from '@vnet/conformance'
import { ffiDriver } from '../src/index.js'

conformance({ name: 'ffi', createDriver: () => ffiDriver(), part: [2, 2] })
