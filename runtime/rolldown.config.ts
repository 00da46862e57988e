import { defineConfig } from 'rolldown';

export default defineConfig({
  input: { eventbaton: 'runtime/src/main.ts' },
  platform: 'node',
  output: {
    dir: 'build',
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
    minify: true,
    cleanDir: true,
  },
});
