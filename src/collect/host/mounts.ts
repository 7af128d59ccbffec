import { splitLines } from './fields.ts'

/** One line of mountinfo. */
export interface Mount {
  /** The source as the kernel writes it, e.g. `/dev/sda1`, `tmpfs`, `server:/export`. */
  readonly device: string
  /** Without the prefix of `--path.rootfs`. */
  readonly mountPoint: string
  readonly fsType: string
  readonly major: string
  readonly minor: string
  readonly readOnly: boolean
}

/** Where the optional fields of a line begin; a `-` ends them (proc_pid_mountinfo(5)). */
const OPTIONAL_FIELDS = 6

/** Throws an Error for a line that is not of the format. */
export function parseMounts(text: string, rootfs: string): Mount[] {
  return splitLines(text).map((line) => parseMount(line, rootfs))
}

function parseMount(line: string, rootfs: string): Mount {
  const fields = line.split(' ')
  const dash = fields.indexOf('-', OPTIONAL_FIELDS)
  const [, , version = '', , point = '', options = ''] = fields
  const numbers = /^(\d+):(\d+)$/.exec(version)
  if (dash < 0 || !numbers) throw new Error(`mountinfo: not a mount: ${JSON.stringify(line)}`)
  const [fsType = '', device = '', superOptions = ''] = fields.slice(dash + 1)
  const inSuper = superOptions.split(',')
  return {
    device,
    // The kernel also escapes line ends and backslashes; node_exporter undoes these two.
    mountPoint: stripPrefix(point.replaceAll('\\040', ' ').replaceAll('\\011', '\t'), rootfs),
    fsType,
    major: numbers[1] as string,
    minor: numbers[2] as string,
    readOnly:
      options.split(',').includes('ro') ||
      inSuper.includes('ro') ||
      inSuper.includes('emergency_ro'),
  }
}

function stripPrefix(path: string, rootfs: string): string {
  if (rootfs === '/' || !path.startsWith(rootfs)) return path
  const stripped = path.slice(rootfs.length)
  return stripped === '' ? '/' : stripped
}
