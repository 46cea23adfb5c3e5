/** What only the kernel's first namespace has, on the kernel in memory. @module */
import { firstNamespaceConformance } from '@vnet/conformance'
import { mockDriver } from '../src/index.js'

firstNamespaceConformance({ name: 'mock', createDriver: () => mockDriver({ equalizers: 1 }) })
