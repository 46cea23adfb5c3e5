/** The suite that every backend runs, on the kernel in memory. @module */
import { conformance } from '@vnet/conformance'
import { mockDriver } from '../src/index.js'

conformance({ name: 'mock', createDriver: () => mockDriver() })
