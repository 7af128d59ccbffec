/** Where the page of a `runbook_url` is that names a page of this project (`docs/runbooks/host.md#diskspacelow`). */
export function runbookPath(
  url: string,
): { readonly to: string; readonly hash: string } | undefined {
  const [, name, hash = ''] = /^docs\/runbooks\/([\w-]+)\.md(?:#([\w-]*))?$/.exec(url) ?? []
  return name === undefined ? undefined : { to: `/runbooks/${name}`, hash }
}
