import { matchesEmpty, type Matcher } from '../../model/matcher.ts'
import { lowerBound, type Postings } from './postings.ts'

/**
 * The refs that every matcher accepts. Matchers that require a label choose candidates from the index, the smallest set first;
 * matchers that also accept an absent label only take series away.
 */
export function matchPostings(
  postings: Postings,
  matchers: readonly Matcher[],
  all: () => readonly number[],
): readonly number[] {
  postings.settle()
  const chosen: (readonly number[])[] = []
  const removed: (readonly number[])[] = []
  for (const m of matchers) {
    if (matchesEmpty(m)) removed.push(union(refusedLists(postings, m)))
    else chosen.push(union(acceptedLists(postings, m)))
  }
  chosen.sort((a, b) => a.length - b.length)
  let result = chosen[0] ?? all()
  for (let i = 1; i < chosen.length && result.length > 0; i++) {
    result = intersect(result, chosen[i] as readonly number[])
  }
  for (const list of removed) if (list.length > 0) result = subtract(result, list)
  return result
}

function acceptedLists(postings: Postings, m: Matcher): (readonly number[])[] {
  const values = postings.values(m.name)
  const direct = m.op === '=' ? [m.value] : m.op === '=~' ? m.regex?.literals : undefined
  const lists: (readonly number[])[] = []
  if (direct !== undefined) {
    for (const value of new Set(direct)) {
      const refs = values.get(value)
      if (refs !== undefined) lists.push(refs)
    }
    return lists
  }
  for (const value of values.keys()) if (m.matches(value)) lists.push(values.get(value) ?? [])
  return lists
}

function refusedLists(postings: Postings, m: Matcher): (readonly number[])[] {
  const lists: (readonly number[])[] = []
  const values = postings.values(m.name)
  for (const value of values.keys()) if (!m.matches(value)) lists.push(values.get(value) ?? [])
  return lists
}

/** The lists of one label's values share no ref, so a union is a sort of their concatenation. */
function union(lists: readonly (readonly number[])[]): readonly number[] {
  if (lists.length === 0) return []
  if (lists.length === 1) return lists[0] as readonly number[]
  let length = 0
  for (const list of lists) length += list.length
  const joined = new Uint32Array(length)
  let at = 0
  for (const list of lists) {
    joined.set(list, at)
    at += list.length
  }
  return Array.from(joined.sort())
}

function intersect(small: readonly number[], large: readonly number[]): number[] {
  const out: number[] = []
  if (large.length > small.length * 16) {
    for (const ref of small) if (large[lowerBound(large, ref)] === ref) out.push(ref)
    return out
  }
  let k = 0
  for (const ref of small) {
    while (k < large.length && (large[k] as number) < ref) k++
    if (large[k] === ref) out.push(ref)
  }
  return out
}

function subtract(from: readonly number[], taken: readonly number[]): number[] {
  const out: number[] = []
  let k = 0
  for (const ref of from) {
    while (k < taken.length && (taken[k] as number) < ref) k++
    if (taken[k] !== ref) out.push(ref)
  }
  return out
}
