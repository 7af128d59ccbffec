/** An id as protobuf's JSON has it (base64) in hex digits. */
export function hexId(base64: string): string {
  let hex = ''
  for (const char of atob(base64)) hex += char.charCodeAt(0).toString(16).padStart(2, '0')
  return hex
}

/** A trace id of a person or of a log line, as addresses have it; undefined for what is none. Leading zeros may be missing. */
export function readTraceId(text: string): string | undefined {
  const id = text.trim().toLowerCase()
  return /^[0-9a-f]{1,32}$/.test(id) && /[1-9a-f]/.test(id) ? id.padStart(32, '0') : undefined
}
