import type { ClientRequest } from 'node:http';

/** Unheard, a server's switch to another protocol would leave the request without an answer or an error for ever. */
export function refuseUpgrade(request: ClientRequest, reject: (error: Error) => void): void {
  request.on('upgrade', (_, socket) => {
    socket.destroy();
    reject(Object.assign(new Error('the server switched to another protocol'), { code: 'EPROTO' }));
  });
}
