import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { endianness } from 'node:os'
import { NoData, type CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection, type FamilyHead } from '../families.ts'

const NANOSECONDS = 1e9
const MICROSECONDS = 1e6
/** Frequencies are parts per million with a 16-bit fraction (adjtimex(2), NOTES). */
const PPM_16 = 1_000_000 * 65_536
/** What adjtimex returns while the clock is not synchronized. */
const TIME_ERROR = 5
/** In the status: offset and jitter are in nanoseconds, not microseconds. */
const STA_NANO = 0x2000

const SYNC_STATUS = gauge(
  'node_timex_sync_status',
  'Is clock synchronized to a reliable server (1 = yes, 0 = no).',
)

interface Field {
  readonly head: FamilyHead
  /** Where it stands in struct timex of a 64-bit Linux (linux/timex.h), and whether it is an int or a long. */
  readonly at: number
  readonly bytes: 4 | 8
  /** By what the kernel's number is divided; `clock` is nano- or microseconds by the status. */
  readonly divisor: number | 'clock'
  readonly plus?: number
}

const seconds = (name: string, help: string): FamilyHead => gauge(`node_timex_${name}`, help)
const total = (name: string, help: string): FamilyHead => counter(`node_timex_${name}_total`, help)

const STATUS: Field = {
  head: gauge('node_timex_status', 'Value of the status array bits.'),
  at: 40,
  bytes: 4,
  divisor: 1,
}

const FIELDS: readonly Field[] = [
  {
    head: seconds('offset_seconds', 'Time offset in between local system and reference clock.'),
    at: 8,
    bytes: 8,
    divisor: 'clock',
  },
  {
    head: seconds('frequency_adjustment_ratio', 'Local clock frequency adjustment.'),
    at: 16,
    bytes: 8,
    divisor: PPM_16,
    plus: 1,
  },
  {
    head: seconds('maxerror_seconds', 'Maximum error in seconds.'),
    at: 24,
    bytes: 8,
    divisor: MICROSECONDS,
  },
  {
    head: seconds('estimated_error_seconds', 'Estimated error in seconds.'),
    at: 32,
    bytes: 8,
    divisor: MICROSECONDS,
  },
  STATUS,
  {
    head: seconds('loop_time_constant', 'Phase-locked loop time constant.'),
    at: 48,
    bytes: 8,
    divisor: 1,
  },
  {
    head: seconds('tick_seconds', 'Seconds between clock ticks.'),
    at: 88,
    bytes: 8,
    divisor: MICROSECONDS,
  },
  {
    head: seconds('pps_frequency_hertz', 'Pulse per second frequency.'),
    at: 96,
    bytes: 8,
    divisor: PPM_16,
  },
  {
    head: seconds('pps_jitter_seconds', 'Pulse per second jitter.'),
    at: 104,
    bytes: 8,
    divisor: 'clock',
  },
  {
    head: seconds('pps_shift_seconds', 'Pulse per second interval duration.'),
    at: 112,
    bytes: 4,
    divisor: 1,
  },
  {
    head: seconds(
      'pps_stability_hertz',
      'Pulse per second stability, average of recent frequency changes.',
    ),
    at: 120,
    bytes: 8,
    divisor: PPM_16,
  },
  {
    head: total('pps_jitter', 'Pulse per second count of jitter limit exceeded events.'),
    at: 128,
    bytes: 8,
    divisor: 1,
  },
  {
    head: total('pps_calibration', 'Pulse per second count of calibration intervals.'),
    at: 136,
    bytes: 8,
    divisor: 1,
  },
  {
    head: total('pps_error', 'Pulse per second count of calibration errors.'),
    at: 144,
    bytes: 8,
    divisor: 1,
  },
  {
    head: total(
      'pps_stability_exceeded',
      'Pulse per second count of stability limit exceeded events.',
    ),
    at: 152,
    bytes: 8,
    divisor: 1,
  },
  {
    head: seconds('tai_offset_seconds', 'International Atomic Time (TAI) offset.'),
    at: 160,
    bytes: 4,
    divisor: 1,
  },
]

/** The number of adjtimex by machine; 32-bit machines have another struct and are left out. */
const SYSCALLS: Readonly<Record<string, number>> = {
  x64: 159,
  arm64: 171,
  riscv64: 171,
  loong64: 171,
  ppc64: 124,
  s390x: 124,
}

const PERLS = ['/usr/bin/perl', '/usr/local/bin/perl', '/bin/perl']
const TIMEOUT_MS = 2000
/** The kernel's estimates move slowly, and starting a process costs milliseconds: once a minute is enough. */
const REFRESH_MS = 60_000

/** What adjtimex returned, and its struct. */
interface ClockState {
  readonly returned: number
  readonly struct: Buffer
}

/**
 * Calls adjtimex(2) with no change asked for. Node offers no such call, and no file shows its answer; Perl, which is part of
 * every Debian and most other systems, can make it. Where there is no Perl there is no data.
 */
function callAdjtimex(): Promise<ClockState> {
  const number = SYSCALLS[process.arch]
  const perl = PERLS.find((path) => existsSync(path))
  if (number === undefined || perl === undefined) {
    return Promise.reject(new NoData('adjtimex cannot be called here: it takes perl'))
  }
  const script = `my $t = "\\0" x 256; print syscall(${number}, $t), " ", unpack("H*", $t)`
  return new Promise((resolve, reject) => {
    execFile(perl, ['-e', script], { timeout: TIMEOUT_MS, env: {} }, (error, output) => {
      if (error) return reject(new Error(`perl: ${error.message}`, { cause: error }))
      const [returned, hex = ''] = output.split(' ')
      const struct = Buffer.from(hex, 'hex')
      if (Number(returned) < 0 || struct.length < 208) {
        return reject(new NoData('adjtimex is not permitted here'))
      }
      return resolve({ returned: Number(returned), struct })
    })
  })
}

function readField(struct: Buffer, field: Field): number {
  const little = endianness() === 'LE'
  if (field.bytes === 4) return little ? struct.readInt32LE(field.at) : struct.readInt32BE(field.at)
  return Number(little ? struct.readBigInt64LE(field.at) : struct.readBigInt64BE(field.at))
}

/** Exported for the test, which has a struct of its own. */
export function addClock(out: FamilyCollection, { returned, struct }: ClockState): void {
  const clock = (readField(struct, STATUS) & STA_NANO) !== 0 ? NANOSECONDS : MICROSECONDS
  out.add(SYNC_STATUS, returned === TIME_ERROR ? 0 : 1)
  for (const field of FIELDS) {
    const divisor = field.divisor === 'clock' ? clock : field.divisor
    out.add(field.head, (field.plus ?? 0) + readField(struct, field) / divisor)
  }
}

export const timex: CollectorKind = {
  name: 'timex',
  enabledByDefault: true,
  create: () => {
    let known: { readonly state: Promise<ClockState>; readonly atMs: number } | undefined
    return async (out) => {
      const nowMs = performance.now()
      if (!known || nowMs - known.atMs >= REFRESH_MS) {
        known = { state: callAdjtimex(), atMs: nowMs }
      }
      addClock(out, await known.state)
    }
  },
}
