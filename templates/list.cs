<?cs include!"layout.cs" ?><?cs include!"posts.cs" ?><?cs include!"pager.cs" ?><?cs
def:list_row(row, notice) ?>
<li class="row<?cs if:notice ?> notice<?cs /if ?>"<?cs if:!notice ?> id="post-<?cs var:row.id ?>"<?cs /if ?>>
<span class="number"><?cs if:notice ?><?cs var:T.notice ?><?cs else ?><?cs var:row.id ?><?cs /if ?></span>
<p class="title"><?cs if:row.category && !notice ?><span class="category"><?cs var:row.category ?></span> <?cs /if ?><a href="<?cs var:Board.base ?>/posts/<?cs var:row.id ?>" dir="auto"><?cs call:post_name(row) ?></a><?cs
if:row.replies ?>&nbsp;<span class="replies"><span class="unseen"><?cs var:T.replies ?> </span>[<?cs var:row.replies ?>]</span><?cs /if ?><?cs
if:row.new && !Page.archive ?><span class="new"><span class="unseen"> <?cs var:T.new ?></span></span><?cs /if ?></p>
<span class="name"><bdi><?cs var:row.name ?></bdi></span>
<span class="date"><?cs if:row.written.day ?><time datetime="<?cs var:row.written.machine ?>"><?cs var:row.written.day ?></time><?cs /if ?></span>
<span class="count"><span class="what"><?cs var:T.views ?></span> <?cs var:row.views ?></span>
<span class="count"><?cs if:row.recommends ?><span class="what"><?cs var:T.recommends ?></span> <?cs var:row.recommends ?><?cs /if ?></span>
</li><?cs /def ?><?cs
if:Category.number ?><?cs call:page_begin(Category.name) ?>
<h1 dir="auto"><?cs var:Category.name ?></h1>
<?cs else ?><?cs call:page_begin(T.list_title) ?>
<h1><?cs var:T.list_title ?></h1>
<?cs /if ?>
<?cs if:Deleted ?><p class="message success" role="status"><?cs var:T.deleted ?></p>
<?cs /if ?><?cs if:subcount(Categories) > 0 ?>
<nav class="categories" aria-label="<?cs var:T.categories ?>">
<a href="<?cs var:Board.base ?>/list"<?cs if:!Category.number ?> aria-current="page"<?cs /if ?>><?cs var:T.categories_all ?></a>
<?cs each:item = Categories ?><a href="<?cs var:Board.base ?>/category/<?cs var:item.number ?>"<?cs if:item.number == Category.number ?> aria-current="page"<?cs /if ?>><?cs var:item.name ?></a>
<?cs /each ?></nav>
<?cs /if ?><?cs if:Rows.0.id ?>
<div class="bar">
<p class="summary"><?cs var:List.summary ?></p>
<?cs if:!Page.archive ?><a class="button" href="<?cs var:Board.base ?>/write"><?cs var:T.nav_write ?></a>
<?cs /if ?></div>
<p class="row heads" aria-hidden="true"><span class="number"><?cs var:T.column_number ?></span> <span><?cs var:T.column_title ?></span> <span><?cs var:T.writer ?></span> <span><?cs var:T.column_date ?></span> <span class="count"><?cs var:T.views ?></span> <span class="count"><?cs var:T.recommends ?></span></p>
<ol class="rows">
<?cs each:row = Notices ?><?cs call:list_row(row, 1) ?><?cs /each ?>
<?cs each:row = Rows ?><?cs call:list_row(row, 0) ?><?cs /each ?>
</ol>
<?cs else ?>
<div class="quiet">
<?cs if:Page.archive ?><p><?cs var:T.empty_archive ?></p>
<?cs else ?><p><?cs var:T.empty ?></p>
<p><a href="<?cs var:Board.base ?>/write"><?cs var:T.empty_link ?></a></p>
<?cs /if ?></div>
<?cs /if ?>
<?cs call:pager() ?>
<?cs call:page_end() ?>
