/** The parts of `host:port`, `[::1]:53` or `host`; undefined for other texts. The host is without brackets. */
export function splitHostPort(
  text: string,
): { readonly host: string; readonly port: number | undefined } | undefined {
  const found = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]+))(?::([0-9]{1,5}))?$/.exec(text)
  if (!found)
    return /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(text)
      ? { host: text, port: undefined }
      : undefined
  const host = found[1] ?? found[2] ?? ''
  const port = found[3] === undefined ? undefined : Number(found[3])
  return port !== undefined && port > 65_535 ? undefined : { host, port }
}
