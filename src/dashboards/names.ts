import { createHash, randomInt } from 'node:crypto'
import { DashboardFault } from './fault.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const UID_LENGTH = 14
const MAX_UID_LENGTH = 40

/** A uid that nobody has: as Grafana's, 14 characters that begin with a letter. */
export function createUid(): string {
  const pick = (from: string): string => from.charAt(randomInt(from.length))
  const rest = Array.from({ length: UID_LENGTH - 1 }, () => pick(LETTERS + DIGITS))
  return pick(LETTERS) + rest.join('')
}

/** Always the same uid for the same text, for what has none of its own. */
export function uidOf(text: string): string {
  return `f${createHash('sha256').update(text).digest('hex').slice(0, 19)}`
}

/** Throws a `DashboardFault` for what Grafana does not take as a uid. */
export function checkUid(uid: string): string {
  if (uid.length > MAX_UID_LENGTH) throw new DashboardFault('uid-too-long')
  if (!/^[a-zA-Z0-9_-]+$/.test(uid)) throw new DashboardFault('uid-invalid')
  return uid
}

/** True for what may be a uid. */
export function isUid(text: string): boolean {
  return /^[a-zA-Z0-9_-]{1,40}$/.test(text)
}

/**
 * The number that older clients of Grafana know a dashboard by, for one that is only a file: from its uid, above all that a
 * database gives, and exact in a double.
 */
export function numberOfUid(uid: string): number {
  const bytes = createHash('sha256').update(uid).digest()
  return 2 ** 40 + bytes.readUIntBE(0, 5)
}

/** The last part of a dashboard's address, for people: `Node Exporter Full` → `node-exporter-full`. */
export function slugOf(title: string): string {
  const plain = title.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase()
  const slug = plain.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  if (slug !== '') return slug.slice(0, 100)
  return createHash('sha1').update(title).digest('hex').slice(0, 12)
}

/** Where a dashboard is in the web UI. */
export function urlOfDashboard(uid: string, title: string): string {
  return `/d/${uid}/${slugOf(title)}`
}

/** Where a folder is in the web UI. */
export function urlOfFolder(uid: string, title: string): string {
  return `/dashboards/f/${uid}/${slugOf(title)}`
}
