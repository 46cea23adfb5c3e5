/**
 * Says why a packet arrives or where it stops: through routes, neighbours, bridges, VLANs, tunnels, filters and MTUs of several
 * namespaces, on a kernel or in memory.
 *
 * @packageDocumentation
 */

export { explainPing, explainTcp, explainUdp } from './explain.js'
export type { Cause, Explanation, Step, Stop } from './explanation.js'
export type { PingQuestion, Question, TcpQuestion, UdpQuestion } from './question.js'
export { type Place, type Reading, readPlaces, resolveNumbers } from './reading.js'
