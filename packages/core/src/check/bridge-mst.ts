/** Checks of requests about instances of the spanning tree. @module */
import type { BridgeMstChange, BridgeMstFilter } from '../bridge-mst.js'
import { portStates } from '../kind/bridge-port.js'
import { objectOf } from './object.js'
import { linkRef, wholeNumber, word } from './scalar.js'

const mostInstance = 4095
const change = objectOf({ link: linkRef, msti: wholeNumber(1, mostInstance), state: word(portStates) }, [
  'link',
  'msti',
  'state',
])
const filter = objectOf({ link: linkRef, msti: wholeNumber(0, mostInstance) })

/** `bridgeMst set`. */
export const bridgeMstChange = (value: unknown): BridgeMstChange => change(value, 'spec') as unknown as BridgeMstChange

/** `bridgeMst list`. */
export const bridgeMstList = (value: unknown): BridgeMstFilter => filter(value, 'spec')
