import { load } from 'koffi';

const resolveNow = 2;

/**
 * Keeps a shared library in memory until the process has ended. Koffi unloads its libraries when Node stops, but TensorFlow's
 * threads and exit handlers run longer; the process would end with a segmentation fault.
 */
export function keepLoaded(file: string, platform: NodeJS.Platform = process.platform): void {
  if (platform === 'win32') {
    load('kernel32.dll').func('void *LoadLibraryW(const char16_t *file)')(file);
  } else {
    // A second reference that nobody gives back; dlopen is part of Node's own executable or its C library.
    load(null).func('void *dlopen(const char *file, int flags)')(file, resolveNow);
  }
}
