/** The tree that the classes of an `htb` are (`net/sched/sch_htb.c`). @module */
import type { ClassEntry, QdiscEntry } from './entry.js'

/** Levels of a tree less the leaves'. */
const TOP = 7

/** A class by its number. */
export function classAt(outer: QdiscEntry, classId: number): ClassEntry | undefined {
  return outer.classes.find((entry) => entry.classId === classId)
}

/** 0 for a leaf; 7 for one with branches right below the discipline, one less with each step down. */
export function levelOf(outer: QdiscEntry, entry: ClassEntry): number {
  if (!outer.classes.some(({ parent }) => parent === entry.classId)) return 0
  const above = entry.parent === undefined ? undefined : classAt(outer, entry.parent)
  return above === undefined ? TOP : levelOf(outer, above) - 1
}
