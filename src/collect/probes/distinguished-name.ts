/** The order in which Go writes the usual parts of a name (crypto/x509/pkix, Name.String). */
const ORDER: readonly (readonly [string, string])[] = [
  ['serialNumber', 'SERIALNUMBER'],
  ['CN', 'CN'],
  ['postalCode', 'POSTALCODE'],
  ['street', 'STREET'],
  ['ST', 'ST'],
  ['L', 'L'],
  ['OU', 'OU'],
  ['O', 'O'],
  ['C', 'C'],
]

/** Parts that Go writes by number, as DER; their texts are of the type IA5String. */
const BY_NUMBER: readonly (readonly [string, string])[] = [
  ['emailAddress', '1.2.840.113549.1.9.1'],
  ['DC', '0.9.2342.19200300.100.1.25'],
]

/** The name of a certificate's subject or issuer as Go writes it, which rules and dashboards compare: `CN=shop.example.org,O=Shop`. */
export function formatDistinguishedName(name: object): string {
  const valuesOf = (key: string): readonly string[] => {
    const value: unknown = Reflect.get(name, key)
    return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string')
  }
  const usual = ORDER.flatMap(([key, shown]) => {
    const values = valuesOf(key)
    return values.length === 0 ? [] : [values.map((value) => `${shown}=${escape(value)}`).join('+')]
  })
  const others = BY_NUMBER.flatMap(([key, number]) =>
    valuesOf(key).map((value) => `${number}=#${derOf(value)}`),
  )
  return [...usual, ...others].join(',')
}

/** RFC 2253, 2.4. */
function escape(value: string): string {
  return value
    .replace(/[,+"\\<>;]/g, (char) => `\\${char}`)
    .replace(/^[ #]/, (char) => `\\${char}`)
    .replace(/ $/, '\\ ')
}

function derOf(value: string): string {
  const bytes = Buffer.from(value, 'latin1')
  return Buffer.concat([Buffer.from([0x16, bytes.length]), bytes]).toString('hex')
}
