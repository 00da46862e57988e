/** What a refusal looks like: a Status with its code. */
export function refused(status: number, reason?: string) {
  return {
    status,
    body: { kind: 'Status', status: 'Failure', code: status, ...(reason === undefined ? {} : { reason }) },
  };
}
