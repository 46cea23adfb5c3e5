/** What only the kernel's first namespace has, through the native addon: runs in a guest (`tools/guest`), never on the machine of a developer. @module */
import { firstNamespaceConformance } from '@vnet/conformance'
import { napiDriver } from '../src/index.js'

firstNamespaceConformance({ name: 'napi', createDriver: () => napiDriver() })
