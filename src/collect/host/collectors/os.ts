import { NoData, type CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { splitLines } from '../fields.ts'
import { isMissing, readText } from '../files.ts'

const INFO = gauge(
  'node_os_info',
  "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, variant_id, version, version_codename, version_id.",
)
const VERSION = gauge(
  'node_os_version',
  'Metric containing the major.minor part of the OS version.',
)
const SUPPORT_END = gauge(
  'node_os_support_end_timestamp_seconds',
  'Metric containing the end-of-life date timestamp of the OS.',
)

const FILES = ['/etc/os-release', '/usr/lib/os-release']
const INFO_LABELS = [
  ...['build_id', 'id', 'id_like', 'image_id', 'image_version', 'name', 'pretty_name', 'variant'],
  ...['variant_id', 'version', 'version_codename', 'version_id'],
]

/** os-release(5): shell-like assignments, with values bare or in quotes. */
function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>()
  for (const line of splitLines(text)) {
    const found = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line)
    if (found) out.set(found[1] as string, unquote(found[2] as string))
  }
  return out
}

function unquote(value: string): string {
  const quote = value[0]
  const quoted = value.length >= 2 && (quote === '"' || quote === "'") && value.endsWith(quote)
  if (!quoted) return value
  const inner = value.slice(1, -1)
  return quote === '"' ? inner.replace(/\\(["'\\$`])/g, '$1') : inner
}

export const os: CollectorKind = {
  name: 'os',
  enabledByDefault: true,
  create: ({ options }) => {
    const read = (): ReadonlyMap<string, string> => {
      for (const file of FILES) {
        try {
          return parseOsRelease(readText(options.paths.rootfs + file))
        } catch (error) {
          if (!isMissing(error)) throw error
        }
      }
      throw new NoData(`no os-release file below ${options.paths.rootfs}`)
    }
    return (out) => {
      const release = read()
      const get = (name: string): string => release.get(name.toUpperCase()) ?? ''
      out.add(
        INFO,
        1,
        INFO_LABELS.flatMap((name) => [name, get(name)]),
      )
      const version = Number(/^[0-9]+\.?[0-9]*/.exec(get('version_id'))?.[0] ?? 0)
      if (version > 0) {
        out.add(VERSION, version, ['id', get('id'), 'id_like', get('id_like'), 'name', get('name')])
      }
      const supportEnd = get('support_end')
      if (supportEnd === '') return
      const endMs = Date.parse(`${supportEnd}T00:00:00Z`)
      if (Number.isNaN(endMs)) throw new Error(`SUPPORT_END: "${supportEnd}" is not a date`)
      out.add(SUPPORT_END, endMs / 1000)
    }
  },
}
