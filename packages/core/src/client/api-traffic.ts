/** What a program holds of a namespace's traffic control. Types only. @module */
import type { CallOptions } from '../driver.js'
import type { OtherQdiscSpec, Qdisc, QdiscFilter, QdiscKey, QdiscSpec } from '../qdisc.js'
import type { Action } from '../traffic/action.js'
import type { ActionFilter, ActionFlush, ActionKey, OwnActionSpec } from '../traffic-action.js'
import type { ClassFilter, ClassKey, ClassSpec, OtherClassSpec, TrafficClass } from '../traffic-class.js'
import type { FilterKey, FilterQuery, FilterSpec, TrafficFilter } from '../traffic-filter.js'

/** Queueing disciplines (`tc qdisc`). */
export interface QdiscClient {
  /**
   * As `tc qdisc add`. Throws `EEXIST` where one was chosen for that place, `ENOENT` for a parent that is not there or a kind
   * that the kernel lacks, `ENODEV`, `EINVAL`. Give a handle: without one, Linux from 6.6 on lets a discipline of another
   * kind take the place of the one that is there. `EBUSY` where a link would be in a block of filters twice (Linux 6.8).
   */
  add(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /**
   * Makes, replaces or changes it, as `tc qdisc replace`. Throws `EINVAL` where it is there and its kind cannot be changed (`htb`),
   * `EOPNOTSUPP` where it has other blocks of filters.
   */
  set(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc qdisc change`. Throws `ENOENT` where it is not, `EINVAL` for another kind, `EOPNOTSUPP` for other blocks. */
  change(spec: QdiscSpec | OtherQdiscSpec, options?: CallOptions): Promise<void>
  /** As `tc qdisc delete`: its classes, filters and inner disciplines vanish with it. Throws `ENOENT` where none was chosen. */
  delete(key: QdiscKey, options?: CallOptions): Promise<void>
  /** As `tc -s qdisc show`. */
  list(filter?: QdiscFilter, options?: CallOptions): Promise<Qdisc[]>
}

/** Classes of disciplines (`tc class`). */
export interface ClassClient {
  /**
   * As `tc class add`. Throws `EEXIST`, `ENOENT` where the discipline is not there, `EINVAL` where it has no classes or the
   * number is that of another discipline's class.
   */
  add(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /** Makes or changes it, as `tc class replace`. */
  set(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc class change`. Throws `ENOENT`. */
  change(spec: ClassSpec | OtherClassSpec, options?: CallOptions): Promise<void>
  /**
   * As `tc class delete`. Throws `ENOENT`, `EBUSY` where it has branches or filters lead to it, `EINVAL` where the discipline
   * has no classes, `EOPNOTSUPP` where it has them of itself.
   */
  delete(key: ClassKey, options?: CallOptions): Promise<void>
  /** As `tc -s class show dev LINK`. */
  list(filter: ClassFilter, options?: CallOptions): Promise<TrafficClass[]>
}

/** Filters (`tc filter`). */
export interface FilterClient {
  /**
   * As `tc filter add`: at a link, or in a block that disciplines share. Throws `EEXIST`, `EINVAL` where the parent or the
   * block is not there, has no classes, or the priority is of another protocol or kind, `ENOENT` for a kind of filter or action
   * that the kernel lacks, `ENODEV`; `EPERM` in a transaction that could not take it back.
   */
  add(spec: FilterSpec, options?: CallOptions): Promise<void>
  /**
   * Makes or changes it, as `tc filter replace`; give priority and handle, or another one is made. A `u32` filter that is there keeps
   * its `keys`, `hashKey`, `nextHeader`, `mark` and table, whatever is given.
   */
  set(spec: FilterSpec, options?: CallOptions): Promise<void>
  /** Changes one that is there, as `tc filter change`; what a `u32` filter keeps is said at `set`. Throws `ENOENT`. */
  change(spec: FilterSpec, options?: CallOptions): Promise<void>
  /** As `tc filter delete`: one by its handle, all of a priority, or all of the parent or block. Throws `ENOENT`. */
  delete(key: FilterKey, options?: CallOptions): Promise<void>
  /**
   * As `tc -s filter show dev LINK parent PARENT`, or `block N`. Where the place shares a block, its filters are told by the
   * number of that. A block that is not there has none.
   */
  list(query: FilterQuery, options?: CallOptions): Promise<TrafficFilter[]>
}

/**
 * Actions by themselves, which filters share by their numbers (`tc actions`). Those of filters are listed, too, and are
 * deleted with them. To make, change or delete them by themselves takes root outside of all user namespaces
 * (`shared actions`).
 */
export interface ActionClient {
  /**
   * As `tc actions add action KIND …`. The result tells the number. Throws `EEXIST` where the number is taken, `ENOENT` for a
   * kind that the kernel lacks, `EINVAL`, `EPERM`.
   */
  add(spec: OwnActionSpec, options?: CallOptions): Promise<Action>
  /**
   * Makes it, or changes the one with its `index`, as `tc actions replace`: for all filters that share it. All is to be given
   * again, but for `cookie` and, of `gact`, `random`: one that is there stays where none is given.
   */
  set(spec: OwnActionSpec, options?: CallOptions): Promise<Action>
  /**
   * As `tc actions delete action KIND index NUMBER`. Throws `ENOENT`, `EPERM` while filters have it: for a moment also after
   * the last of them was deleted.
   */
  delete(key: ActionKey, options?: CallOptions): Promise<void>
  /** As `tc actions get action KIND index NUMBER`; `undefined` where it is not there. Throws `EINVAL` for a kind that the kernel lacks. */
  get(key: ActionKey, options?: CallOptions): Promise<Action | undefined>
  /** Those of one kind in the order of their numbers, as `tc -s actions list action KIND`; none of a kind that the kernel lacks. */
  list(filter: ActionFilter, options?: CallOptions): Promise<Action[]>
  /**
   * Deletes those of one kind in the order of their numbers, up to the first that a filter has, as
   * `tc actions flush action KIND`. Throws `EPERM` where that is the first of all, `ENOENT` for a kind that the kernel lacks.
   */
  flush(which: ActionFlush, options?: CallOptions): Promise<void>
}
