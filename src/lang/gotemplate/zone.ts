/** What a zone says of a moment. */
export interface ZoneMoment {
  /** East of UTC is positive. */
  readonly offsetSeconds: number
  /** As the tz database writes it: `CET`, `UTC`, or `-03` where a zone has no letters. */
  readonly abbreviation: string
}

/** Locales whose people's own zones have letters in the data of JavaScript's Intl. */
const LOCALES = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-CA', 'en-NZ', 'en-ZA'] as const

/** Abbreviations of the tz database that Intl does not know, of zones without summer time. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  'Africa/Cairo': 'EET',
  'Africa/Johannesburg': 'SAST',
  'Africa/Lagos': 'WAT',
  'Africa/Nairobi': 'EAT',
  'Asia/Hong_Kong': 'HKT',
  'Asia/Jakarta': 'WIB',
  'Asia/Karachi': 'PKT',
  'Asia/Kolkata': 'IST',
  'Asia/Manila': 'PST',
  'Asia/Seoul': 'KST',
  'Asia/Shanghai': 'CST',
  'Asia/Taipei': 'CST',
  'Asia/Tokyo': 'JST',
  'Europe/Moscow': 'MSK',
}

const FORMATS = new Map<string, Intl.DateTimeFormat>()
/** More zones than any configuration names. */
const MAX_FORMATS = 500

function formatFor(locale: string, zone: string): Intl.DateTimeFormat {
  const key = `${locale} ${zone}`
  let format = FORMATS.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(locale, {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    })
    if (FORMATS.size >= MAX_FORMATS) FORMATS.clear()
    FORMATS.set(key, format)
  }
  return format
}

/** Whether a name is one of the tz database. */
export function isZone(name: string): boolean {
  if (name === '' || name === 'UTC' || name === 'Local') return true
  // Offsets such as `+01:00` are names to Intl and none to Go.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    formatFor('en-US', name)
    return true
  } catch {
    return false
  }
}

/** The offset and the abbreviation of a zone at a moment. */
export function lookUpZone(zone: string, epochMs: number): ZoneMoment {
  if (zone === 'UTC') return { offsetSeconds: 0, abbreviation: 'UTC' }
  const parts = formatFor('en-US', zone).formatToParts(epochMs)
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
  const isBeforeChrist = parts.find((part) => part.type === 'era')?.value === 'BC'
  const year = isBeforeChrist ? 1 - read('year') : read('year')
  const local = Date.UTC(
    2000,
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  )
  const shifted = new Date(local)
  shifted.setUTCFullYear(year, read('month') - 1, read('day'))
  const offsetSeconds = Math.round((shifted.getTime() - Math.floor(epochMs / 1000) * 1000) / 1000)
  return { offsetSeconds, abbreviation: abbreviate(zone, epochMs, offsetSeconds) }
}

function abbreviate(zone: string, epochMs: number, offsetSeconds: number): string {
  const known = ABBREVIATIONS[zone]
  if (known !== undefined) return known
  for (const locale of LOCALES) {
    const parts = formatFor(locale, zone).formatToParts(epochMs)
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? ''
    if (/^[A-Z]{3,5}$/.test(name)) return name
  }
  const minutes = Math.round(Math.abs(offsetSeconds) / 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  const sign = offsetSeconds < 0 ? '-' : '+'
  return sign + two(Math.floor(minutes / 60)) + (minutes % 60 === 0 ? '' : two(minutes % 60))
}
