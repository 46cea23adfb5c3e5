/** Traffic control of one link at work: filters at both gates, and disciplines between a frame and the driver. @module */
import { type Estimator, parseFilterParent } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import { leaveTeql } from '../kind/teql.js'
import { slaveIdle } from '../kind/teql-frame.js'
import { type Device, hasMac } from '../object/device.js'
import type { Frame } from '../stack/frame.js'
import type { PacketTypeNumber } from '../stack/packet-type.js'
import { handOver, pass, queuedLength } from '../stack/transmit.js'
import type { Timer } from '../timers.js'
import { Actions } from './classify/act.js'
import { Classifier } from './classify/classifier.js'
import { actionControl } from './classify/control.js'
import { Seen } from './classify/seen.js'
import { admission, type Discipline, type Line, type Verdict } from './discipline/discipline.js'
import { disciplineOf } from './discipline/kinds.js'
import { QueuedFrame } from './discipline/queue.js'
import { countedAs } from './discipline/size-table.js'
import { atIngress, atRoot, majorOf, type QdiscEntry, qdiscAt, qdiscOf } from './entry.js'
import { catchUp, newEstimate } from './estimate.js'
import { filtersAt } from './filter-place.js'
import { countPacket, type Tally } from './tally.js'

const gates = { in: parseFilterParent('ingress') as number, out: parseFilterParent('egress') as number }

/** Traffic control of a link that somebody put a discipline on. */
export class Traffic implements Line {
  readonly #kernel: Kernel
  readonly #device: Device
  readonly #actions: Actions
  readonly #disciplines = new Map<QdiscEntry, Discipline>()
  readonly #classifiers = new Map<number, Classifier>()
  readonly #began: number
  #last = 0
  #timer: Timer | undefined
  #due = Number.POSITIVE_INFINITY
  #isRunning = false
  #isDue = false
  root: Discipline | undefined

  constructor(kernel: Kernel, device: Device) {
    this.#kernel = kernel
    this.#device = device
    this.#began = kernel.now()
    this.#actions = new Actions(kernel, device, () => this.time)
  }

  /** Nanoseconds since this was made, which a double counts for a hundred days; while something is carried out, when it fell due. */
  get now(): number {
    if (!this.#isDue) this.#last = Math.max(this.#last, Math.round((this.#kernel.now() - this.#began) * 1e9))
    return this.#last
  }

  get time(): number {
    return this.#began + this.now / 1e9
  }

  get isEthernet(): boolean {
    return hasMac(this.#device)
  }

  get txQueueLength(): number {
    return this.#device.txQueueLength
  }

  get txQueues(): number {
    return this.#device.txQueues
  }

  queueOf({ frame }: QueuedFrame): number {
    return this.#device.kind?.queueOf?.(this.#kernel, this.#device, frame) ?? 0
  }

  dropped({ frame }: QueuedFrame): void {
    this.#kernel.dropped(this.#device, frame.octets, 'discipline')
  }

  idle(kind: string): void {
    slaveIdle(this.#kernel, this.#device, kind)
  }

  child(place: number): Discipline | undefined {
    const entry = qdiscAt(this.#device, place)
    return entry === undefined ? undefined : this.#disciplines.get(entry)
  }

  only(handle: number): Discipline | undefined {
    const { qdiscs } = this.#device
    if (qdiscs.length < 2) return undefined
    const entry = qdiscs.find(({ parent }) => parent !== atRoot && parent !== atIngress && majorOf(parent) === handle)
    return entry === undefined ? undefined : this.#disciplines.get(entry)
  }

  /** A discipline was put at its place. */
  attach(entry: QdiscEntry): void {
    const discipline = disciplineOf(this, entry)
    if (discipline === undefined) return
    this.#disciplines.set(entry, discipline)
    discipline.changed()
    this.#place(entry, discipline)
  }

  /** A discipline has another place. */
  moved(entry: QdiscEntry): void {
    const discipline = this.#disciplines.get(entry)
    if (discipline !== undefined) this.#place(entry, discipline)
  }

  #place({ parent }: QdiscEntry, discipline: Discipline): void {
    const outside = parent === atRoot ? undefined : qdiscOf(this.#device, parent)
    discipline.outer = outside === undefined ? undefined : this.#disciplines.get(outside)
    const { outer } = discipline
    if (outer !== undefined) discipline.lost(outer.forget(parent))
    const root = qdiscAt(this.#device, atRoot)
    this.root = root === undefined ? undefined : this.#disciplines.get(root)
  }

  /** A discipline was taken out: what waits in it is dropped. */
  detach(entry: QdiscEntry): void {
    const discipline = this.#disciplines.get(entry)
    this.#classifiers.clear()
    leaveTeql(this.#kernel, this.#device, entry.kind)
    if (discipline !== undefined) {
      discipline.lost(discipline.waiting.queueLength)
      discipline.reset()
      this.#disciplines.delete(entry)
      if (this.root === discipline) this.root = undefined
    }
    if (this.#device.qdiscs.length === 0) this.stop()
  }

  /** The options or classes of a discipline were changed. The queue is looked at when it would have been anyhow. */
  changed(entry: QdiscEntry): void {
    this.#disciplines.get(entry)?.changed()
  }

  /** The filters of the link were changed. */
  filtersChanged(): void {
    this.#classifiers.clear()
  }

  /** The link went down, or lost its carrier: what waits is dropped (`dev_deactivate`). */
  reset(): void {
    for (const discipline of this.#disciplines.values()) discipline.reset()
  }

  /** There are no disciplines any more. */
  stop(): void {
    this.#kernel.timers.cancel(this.#timer)
    for (const { kind } of this.#device.qdiscs) leaveTeql(this.#kernel, this.#device, kind)
    this.#device.traffic = undefined
  }

  /** The discipline of an entry at work. */
  at(entry: QdiscEntry): Discipline | undefined {
    return this.#disciplines.get(entry)
  }

  #classifier(outer: QdiscEntry, place: number): Classifier {
    let classifier = this.#classifiers.get(place)
    if (classifier === undefined) {
      classifier = new Classifier(
        filtersAt(this.#device, outer, place),
        () => this.#device.name,
        (filter, seen) => this.#actions.perform(filter, seen),
      )
      this.#classifiers.set(place, classifier)
    }
    return classifier
  }

  classify(place: number, { frame }: QueuedFrame): Verdict | undefined {
    const outer = qdiscOf(this.#device, place)
    const classifier = outer === undefined ? undefined : this.#classifier(outer, place)
    if (classifier === undefined || classifier.isEmpty) return undefined
    const seen = new Seen(frame, this.isEthernet, false)
    const control = classifier.classify(seen)
    return { control, classId: seen.classId }
  }

  /** Asks the filters of a gate; what follows, `undefined` where nobody is asked. */
  #askAt(gate: number, frame: Frame, type?: PacketTypeNumber): number | undefined {
    const entry = qdiscAt(this.#device, atIngress)
    if (gate === gates.out && entry?.kind === 'ingress') return undefined
    const classifier = entry === undefined ? undefined : this.#classifier(entry, gate)
    if (entry === undefined || classifier === undefined || classifier.isEmpty) return undefined
    const seen = new Seen(frame, this.isEthernet, gate === gates.in, type)
    countPacket(entry.tally, seen.length, this)
    const control = classifier.classify(seen)
    if (control === actionControl.shot) {
      entry.tally.drops++
      this.#kernel.dropped(this.#device, frame.octets, 'filter')
    }
    return control
  }

  /** A frame came in: whether it goes on. */
  admit(frame: Frame, type: PacketTypeNumber): boolean {
    const control = this.#askAt(gates.in, frame, type)
    return control !== actionControl.shot && control !== actionControl.stolen
  }

  /** A frame is to leave; `false` where it was dropped on the spot. */
  send(frame: Frame): boolean {
    const control = this.#askAt(gates.out, frame)
    if (control === actionControl.shot) return false
    return control === actionControl.stolen || this.enqueue(frame)
  }

  /** A frame is to leave that filters at the gate have seen. */
  enqueue(frame: Frame): boolean {
    const { root } = this
    if (root === undefined) return this.#passRoot(frame)
    this.#catchUp()
    const octets = queuedLength(this.#device, frame)
    const { sizeTable } = root.entry
    const length = sizeTable === undefined ? octets : countedAs(octets, sizeTable)
    const outcome = root.enqueue(new QueuedFrame(frame, length, this.#kernel.backlog.crossed))
    this.run()
    if (outcome !== admission.dropped) return true
    this.#kernel.dropped(this.#device, frame.octets, 'discipline')
    return false
  }

  /** Nothing waits at the root: nobody chose a discipline there, or one in which none does. */
  #passRoot(frame: Frame): boolean {
    const isChosen = qdiscAt(this.#device, atRoot) !== undefined
    return isChosen ? handOver(this.#kernel, this.#device, frame) : pass(this.#kernel, this.#device, frame)
  }

  wakeAt(time: number): void {
    if (this.#timer?.run !== undefined && this.#due <= time) return
    this.#kernel.timers.cancel(this.#timer)
    this.#due = time
    this.#timer = this.#kernel.timers.at(this.#began + time / 1e9, () => this.#wake(time))
  }

  /** Gives the driver what fell due at a time. It goes as of that time, however late the clock was in telling, so that rates hold. */
  #wake(time: number): void {
    this.#last = Math.max(this.#last, time)
    this.#isDue = true
    try {
      this.run(true)
    } finally {
      this.#isDue = false
    }
  }

  /** What fell due before a frame came goes before it. */
  #catchUp(): void {
    const now = Math.round((this.#kernel.now() - this.#began) * 1e9)
    while (this.#timer?.run !== undefined && this.#due <= now && !this.#isRunning) {
      this.#kernel.timers.cancel(this.#timer)
      this.#wake(this.#due)
    }
  }

  /** Gives the driver what may go. `drains`: nobody else looks at what comes of it. */
  run(drains = false): void {
    if (this.#isRunning) return
    this.#isRunning = true
    const { backlog } = this.#kernel
    try {
      while (this.#device.kind?.isBusy?.(this.#kernel, this.#device) !== true) {
        const queued = this.root?.dequeue()
        if (queued === undefined) break
        const before = backlog.crossed
        backlog.crossed = queued.crossed
        handOver(this.#kernel, this.#device, queued.frame)
        backlog.crossed = before
        if (drains) backlog.drain()
      }
    } finally {
      this.#isRunning = false
    }
  }
}

/** Puts an entry of a link to work. */
export function attachQdisc(kernel: Kernel, device: Device, entry: QdiscEntry): void {
  device.traffic ??= new Traffic(kernel, device)
  device.traffic.attach(entry)
}

/** Has a counter of a link measured, where somebody asks for it; one that is measured already goes on from there. */
export function estimateBy({ traffic }: Device, tally: Tally, estimator: Estimator | undefined): void {
  if (estimator === undefined || traffic === undefined) return
  const { estimate, ...counted } = tally
  if (estimate !== undefined) catchUp(estimate, counted, traffic.time)
  tally.estimate = newEstimate(estimator, counted, traffic.time, estimate)
}
