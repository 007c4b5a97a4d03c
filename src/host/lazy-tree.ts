import * as vscode from 'vscode';
import { Disposable, type DisposableLike } from '../base/disposable';

/** A tree whose code is loaded when its view is opened for the first time. */
export class LazyTree<Node, Tree extends vscode.TreeDataProvider<Node>> extends Disposable implements vscode.TreeDataProvider<Node> {
  private readonly changed = this.own(new vscode.EventEmitter<Node | undefined | null | void>());
  readonly onDidChangeTreeData = this.changed.event;
  private made: Promise<Tree> | undefined;

  /** @param make called once; what it owns is disposed by whoever owns this */
  constructor(private readonly make: () => Promise<Tree & DisposableLike>) {
    super();
  }

  /** The tree itself. */
  get(): Promise<Tree> {
    this.made ??= this.load();
    return this.made;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    return (await (await this.get()).getChildren(node)) ?? [];
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return (await this.get()).getTreeItem(node);
  }

  async getParent(node: Node): Promise<Node | undefined> {
    return (await (await this.get()).getParent?.(node)) ?? undefined;
  }

  private async load(): Promise<Tree> {
    const tree = await this.make();
    this.own(tree);
    const changes = tree.onDidChangeTreeData?.((node) => this.changed.fire(node as Node | undefined));
    if (changes !== undefined) this.own(changes);
    return tree;
  }
}
