/** Whether a text is the id of a trace and no query: hex, leading zeros may be missing. */
export function isTraceId(text: string): boolean {
  return /^[0-9a-fA-F]{16,32}$/.test(text.trim())
}
