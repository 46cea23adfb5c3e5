/** What only the kernel's first namespace has, through koffi: runs in a guest (`tools/guest`), never on the machine of a developer. @module */
import { firstNamespaceConformance } from '@vnet/conformance'
import { ffiDriver } from '../src/index.js'

firstNamespaceConformance({ name: 'ffi', createDriver: () => ffiDriver() })
