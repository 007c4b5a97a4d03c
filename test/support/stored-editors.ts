/** What is used of the browser's database; the types of the tests do not know the browser's. */
interface Answer<Result> {
  readonly result: Result;
  onsuccess: () => void;
  onerror: () => void;
}
interface Database {
  transaction(store: string): { objectStore(store: string): { get(key: string): Answer<unknown> } };
  close(): void;
}
interface Databases {
  databases(): Promise<{ readonly name: string }[]>;
  open(name: string): Answer<Database>;
}

/** Runs in the page of a workbench. @returns what it has stored of the editors that are open in this folder, as it stores it */
export async function storedEditors(): Promise<string> {
  const { indexedDB } = globalThis as unknown as { indexedDB: Databases };
  const answer = <Result>(asked: Answer<Result>): Promise<Result> => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(new Error('The database of the workbench cannot be read.'));
  });
  const names = (await indexedDB.databases()).map(({ name }) => name).filter((name) => name.startsWith('vscode-web-state-db') && !name.endsWith('-global'));
  const states = await Promise.all(names.map(async (name) => {
    const database = await answer(indexedDB.open(name));
    try {
      return String(await answer(database.transaction('ItemTable').objectStore('ItemTable').get('memento/workbench.parts.editor')));
    } finally {
      database.close();
    }
  }));
  return states.join('\n');
}
