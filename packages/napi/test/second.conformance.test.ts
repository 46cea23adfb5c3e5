/** The second half of the suite that every backend runs, on the kernel through the native addon. @module */
import { conformance } from '@vnet/conformance'
import { napiDriver } from '../src/index.js'

conformance({ name: 'napi', createDriver: () => napiDriver(), part: [2, 2] })
