<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs
if:Page.name == "latest" ?><?cs call:page_begin(T.latest_title) ?>
<h1><?cs var:T.latest_title ?></h1>
<?cs else ?><?cs call:page_begin(T.all_title) ?>
<h1><?cs var:T.all_title ?></h1>
<?cs /if ?>
<?cs if:Posts.0.id ?>
<?cs if:Page.name == "all" ?><p class="summary"><?cs var:List.summary ?></p><?cs /if ?>
<div class="posts">
<?cs call:post_list() ?>
</div>
<?cs else ?>
<div class="quiet">
<p><?cs var:T.empty ?></p>
<p><a href="<?cs var:Site.base ?>/"><?cs var:T.empty_link ?></a></p>
</div>
<?cs /if ?>
<?cs if:Pager.items.0.number ?>
<nav class="pager" aria-label="<?cs var:T.pager ?>">
<ul>
<?cs if:Pager.previous.path ?><li class="step"><a rel="prev" href="<?cs var:Site.base ?><?cs var:Pager.previous.path ?>"><?cs var:T.pager_previous ?></a></li><?cs /if ?>
<?cs each:item = Pager.items ?><li><?cs
if:item.gap ?><span>…</span><?cs
elif:item.current ?><a href="<?cs var:Site.base ?><?cs var:item.path ?>" aria-current="page"><?cs var:item.number ?></a><?cs
else ?><a href="<?cs var:Site.base ?><?cs var:item.path ?>"><?cs var:item.number ?></a><?cs /if ?></li>
<?cs /each ?>
<?cs if:Pager.next.path ?><li class="step"><a rel="next" href="<?cs var:Site.base ?><?cs var:Pager.next.path ?>"><?cs var:T.pager_next ?></a></li><?cs /if ?>
</ul>
</nav>
<?cs /if ?>
<?cs call:page_end() ?>
