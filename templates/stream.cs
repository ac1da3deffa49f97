<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs include!"pager.cs" ?><?cs
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
<?cs if:Page.archive ?><p><?cs var:T.empty_archive ?></p>
<?cs else ?><p><?cs var:T.empty ?></p>
<p><a href="<?cs var:Board.home ?>"><?cs var:T.empty_link ?></a></p>
<?cs /if ?></div>
<?cs /if ?>
<?cs call:pager() ?>
<?cs call:page_end() ?>
