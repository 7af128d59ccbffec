import { existsSync, readFileSync } from 'node:fs'
import { request } from 'undici'
import type { Finding, Gravity } from './finding.ts'

/** Before this, the clock cannot be right: this program is newer. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)
/** Two clocks that are apart by more make samples that are too old or from the future. */
const MOST_APART_MS = 5000
/** The clock of this machine and its count of time since the start must agree over the time of the test. */
const MOST_JUMP_MS = 500
const JUMP_TEST_MS = 300

/** What a running server measured of the clock of its machine (node_exporter's timex collector). */
export interface TimexValues {
  /** `node_timex_sync_status`: 1 is kept by NTP. */
  readonly syncStatus: number | undefined
  /** `node_timex_offset_seconds`. */
  readonly offsetS: number | undefined
}

function find(gravity: Gravity, text: string): Finding {
  return { area: 'this machine', gravity, place: 'clock', text }
}

const START_NTP = 'Start chronyd, ntpd or systemd-timesyncd'

/** The clock of this machine: whether it can be right, jumps, and is kept by NTP. */
export async function examineClock(timex: TimexValues | undefined): Promise<readonly Finding[]> {
  const nowMs = Date.now()
  if (nowMs < EARLIEST_MS) {
    const shown = new Date(nowMs).toISOString()
    return [
      find('fault', `it says ${shown}: samples would be stored under wrong times. ${START_NTP}`),
    ]
  }
  return [...(await findJump()), ...judgeSync(timex)]
}

/** A clock that is being set while one looks, as virtual machines do after a pause. */
async function findJump(): Promise<readonly Finding[]> {
  const [wallMs, steadyMs] = [Date.now(), performance.now()]
  await new Promise((resolve) => setTimeout(resolve, JUMP_TEST_MS))
  const jumpMs = Date.now() - wallMs - (performance.now() - steadyMs)
  if (Math.abs(jumpMs) < MOST_JUMP_MS) return []
  return [
    find(
      'advice',
      `it jumped by ${Math.round(jumpMs)} ms within a moment: rules and rates go wrong around that. ${START_NTP}, which moves it slowly`,
    ),
  ]
}

/** What the server measured goes before what the files of systemd and chrony say. */
function judgeSync(timex: TimexValues | undefined): readonly Finding[] {
  if (timex?.offsetS !== undefined && Math.abs(timex.offsetS) > 0.05) {
    const text = `it is ${timex.offsetS.toFixed(3)} s off by what NTP says; more than 0.05 s shows in traces of several machines`
    return [find('advice', text)]
  }
  if (timex?.syncStatus !== undefined)
    return timex.syncStatus === 0 ? [find('advice', `no NTP keeps it right. ${START_NTP}`)] : []
  return !isSynchronised()
    ? [find('note', `whether NTP keeps it right cannot be seen here. ${START_NTP} unless one runs`)]
    : []
}

/** Files that say that NTP is at work; false: none of them is there. */
function isSynchronised(): boolean {
  const files = [
    '/run/systemd/timesync/synchronized',
    '/run/chrony/chronyd.pid',
    '/var/run/ntpd.pid',
  ]
  if (files.some((file) => existsSync(file))) return true
  // The clock of a virtual machine or a container may be its host's.
  try {
    return /\b(?:kvm-clock|hyperv)/.test(
      readFileSync('/sys/devices/system/clocksource/clocksource0/current_clocksource', 'utf8'),
    )
  } catch {
    return false
  }
}

/** How far the clock of a server is from ours, by the `Date` of its answer. None of a server that does not answer. */
export async function examineServerClock(url: string): Promise<readonly Finding[]> {
  try {
    const sentMs = Date.now()
    const { headers, body } = await request(`${url}/-/healthy`, {
      signal: AbortSignal.timeout(5000),
    })
    await body.dump()
    const date = headers['date']
    const serverMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
    const apartMs = serverMs + 500 - (sentMs + Date.now()) / 2
    if (Number.isNaN(apartMs) || Math.abs(apartMs) < MOST_APART_MS) return []
    const how = apartMs > 0 ? 'ahead of' : 'behind'
    const text = `that of ${url} is ${Math.round(Math.abs(apartMs) / 1000)} s ${how} this machine's: samples of one are old or from the future for the other. ${START_NTP} on both`
    return [find('fault', text)]
  } catch {
    return []
  }
}
