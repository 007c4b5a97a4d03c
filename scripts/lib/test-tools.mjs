// What tests need besides the project: Python, servers, a browser and a workbench. Each is looked for, or installed, once.
import { provideBrowser } from './browser.mjs';
import { ScriptError } from './console.mjs';
import { providePython } from './python.mjs';
import { provideRedisServer } from './redis-server.mjs';
import { provideSshServer } from './ssh-server.mjs';
import { provideWorkbench } from '../fetch-workbench.mjs';

export class TestTools {
  #provided = new Map();
  /** Debian's installer works for one at a time. */
  #lastOfDebian = Promise.resolve();

  /** Begins with all of them, in the order of their use. */
  provideAll() {
    this.#python();
    this.#redis();
    this.#ssh();
    this.#browser();
    this.#workbench();
  }

  /** @returns {Promise<{ env: NodeJS.ProcessEnv, missing: string[] }>} variables that name the tools to tests, and a sentence for each that there is not */
  async forIntegration() {
    const found = await Promise.all([this.#python(), this.#redis(), this.#ssh()]);
    const names = ['MOBILEFACENET_PYTHON', 'MOBILEFACENET_REDIS_SERVER', 'MOBILEFACENET_SSHD'];
    return {
      env: Object.fromEntries(found.flatMap((tool, i) => ('path' in tool ? [[names[i], tool.path]] : []))),
      missing: found.flatMap((tool) => ('missing' in tool ? [tool.missing] : [])),
    };
  }

  /** @returns {Promise<{ env: NodeJS.ProcessEnv, missing?: undefined } | { env?: undefined, missing: string }>} as above, or a sentence that says why there is no workbench */
  async forEndToEnd() {
    const [browser, workbench] = await Promise.all([this.#browser(), this.#workbench()]);
    const missing = browser.missing ?? workbench.missing;
    return missing === undefined ? { env: { MOBILEFACENET_CHROMIUM: browser.path, MOBILEFACENET_WORKBENCH: workbench.path } } : { missing };
  }

  #python() {
    return this.#once('python', providePython);
  }

  #redis() {
    return this.#once('redis', () => this.#fromDebian(provideRedisServer));
  }

  #ssh() {
    return this.#once('ssh', () => this.#fromDebian(provideSshServer));
  }

  #browser() {
    return this.#once('browser', () => this.#fromDebian(provideBrowser));
  }

  #workbench() {
    return this.#once('workbench', async () => {
      try {
        return { path: await provideWorkbench() };
      } catch (error) {
        if (!(error instanceof ScriptError)) throw error;
        return { missing: error.message };
      }
    });
  }

  #fromDebian(provide) {
    const provided = this.#lastOfDebian.then(provide);
    this.#lastOfDebian = provided.catch(() => undefined);
    return provided;
  }

  #once(name, provide) {
    const known = this.#provided.get(name);
    if (known !== undefined) return known;
    const provided = provide();
    // Whoever needs it sees the failure; until then nobody does.
    provided.catch(() => undefined);
    this.#provided.set(name, provided);
    return provided;
  }
}
