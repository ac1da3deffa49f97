<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs include!"posts.cs" ?><?cs include!"pager.cs" ?><?cs
def:archived_likes(item) ?><?cs if:Page.archive && item.recommends ?><span class="number"><?cs var:T.recommends ?> <?cs var:item.recommends ?></span>
<?cs /if ?><?cs /def ?><?cs
def:reply_one(item) ?>
<?cs if:item.deleted ?><div class="reply level-<?cs var:item.level ?>" id="reply-<?cs var:item.id ?>">
<p class="quiet"><?cs var:T.reply_deleted ?></p>
</div><?cs
else ?><article class="reply level-<?cs var:item.level ?>" id="reply-<?cs var:item.id ?>" aria-labelledby="by-<?cs var:item.id ?>">
<header>
<h3 class="name" id="by-<?cs var:item.id ?>"><bdi><?cs var:item.name ?></bdi></h3><?cs if:item.by_writer ?>
<span class="writer"><?cs var:T.writer ?></span><?cs /if ?><?cs call:post_time(item) ?><?cs if:item.edited.time ?>
<span class="edited"><?cs var:T.edited ?> <time datetime="<?cs var:item.edited.machine ?>"><?cs var:item.edited.time ?></time></span><?cs /if ?><?cs if:item.parent ?>
<a class="parent" href="<?cs var:Board.base ?>/posts/<?cs var:item.parent ?><?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.in_reply_to ?> <?cs var:item.parent ?></a><?cs /if ?>
<?cs call:archived_likes(item) ?><a class="number" href="#reply-<?cs var:item.id ?>"><span class="unseen"><?cs var:T.reply ?> </span><?cs var:item.id ?></a>
</header>
<div class="text" dir="auto"><?cs uvar:item.text_html ?></div>
<?cs if:!Page.archive ?><div class="links"><a href="<?cs var:Board.base ?>/posts/<?cs var:item.id ?>/reply<?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.reply_link ?></a>
<a href="<?cs var:Board.base ?>/posts/<?cs var:item.id ?>/reply?quote=<?cs var:item.id ?><?cs if:Post.token ?>&amp;key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.quote_link ?></a><?cs if:item.has_password ?>
<a href="<?cs var:Board.base ?>/posts/<?cs var:item.id ?>/unlock"><?cs var:T.own_link ?></a><?cs /if ?>
<form method="post" action="<?cs var:Board.base ?>/posts/<?cs var:item.id ?>/recommend<?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>"><button class="bare"><?cs var:T.recommend ?><?cs if:item.recommends ?> <strong><?cs var:item.recommends ?></strong><?cs /if ?></button></form></div>
<?cs /if ?></article><?cs /if ?>
<?cs /def ?><?cs
def:owner_links() ?><?cs if:Page.archive ?><?cs elif:Post.token ?><nav class="own message" aria-label="<?cs var:T.own ?>">
<p><?cs var:T.own_text ?></p>
<a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/edit?key=<?cs var:Post.token ?>"><?cs var:T.edit_link ?></a>
<?cs if:Post.versions ?><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/versions?key=<?cs var:Post.token ?>"><?cs var:T.versions_link ?></a>
<?cs /if ?><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/delete?key=<?cs var:Post.token ?>"><?cs var:T.delete_link ?></a>
<?cs if:Post.is_reply ?><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>"><?cs var:T.thread_link ?></a>
<?cs /if ?></nav>
<?cs elif:Post.has_password && !Post.secret ?><p class="links"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/unlock"><?cs var:T.own_link ?></a></p>
<?cs /if ?><?cs /def ?><?cs
if:Post.secret ?><?cs call:page_begin(T.secret) ?><?cs
elif:Post.deleted ?><?cs call:page_begin(T.post_deleted) ?><?cs
elif:Post.titled ?><?cs call:page_begin(Post.title + " · " + Post.name) ?><?cs
elif:Post.line ?><?cs call:page_begin(Post.line + " · " + Post.name) ?><?cs
else ?><?cs call:page_begin(T.post + " " + Post.id + " · " + Post.name) ?><?cs /if ?>
<?cs if:Posted.id ?><div class="message success" role="status">
<p><?cs var:T.reply_posted ?></p>
<?cs if:Posted.token ?><p><?cs var:T.private_advice ?></p>
<p><a class="private" href="<?cs var:Board.base ?>/posts/<?cs var:Posted.id ?>?key=<?cs var:Posted.token ?>"><?cs var:T.private_link ?></a></p>
<?cs /if ?></div>
<?cs /if ?><article class="post alone" id="post-<?cs var:Post.id ?>">
<?cs if:Post.deleted ?><h1><?cs var:T.post_deleted ?></h1>
<?cs if:!Post.secret ?><p class="quiet"><?cs var:T.post_deleted_text ?></p><?cs /if ?>
<?cs else ?><header>
<?cs if:Post.secret ?><h1 class="title"><span class="lock"><?cs var:T.secret ?></span></h1>
<p class="name"><bdi><?cs var:Post.name ?></bdi></p><?cs
elif:Post.titled ?><h1 class="title" dir="auto"><?cs var:Post.title ?></h1>
<p class="name"><bdi><?cs var:Post.name ?></bdi></p><?cs
else ?><h1 class="name"><bdi><?cs var:Post.name ?></bdi></h1><?cs /if ?><?cs call:post_time(Post) ?><?cs if:Post.edited.time ?>
<span class="edited"><?cs var:T.edited ?> <time datetime="<?cs var:Post.edited.machine ?>"><?cs var:Post.edited.time ?></time></span><?cs /if ?><?cs if:Post.category ?>
<span class="category"><?cs var:Post.category ?></span><?cs /if ?><?cs if:Post.hidden && !Post.secret ?>
<span class="lock"><?cs var:T.secret_short ?></span><?cs /if ?>
<span class="number"><?cs var:T.views ?> <?cs var:Post.views ?></span>
<?cs call:archived_likes(Post) ?><span class="number"><?cs if:Post.is_reply ?><?cs var:T.reply ?><?cs else ?><?cs var:T.post ?><?cs /if ?> <?cs var:Post.id ?></span>
</header>
<?cs if:Post.secret ?><p class="quiet"><?cs var:T.secret_text ?></p>
<?cs if:Post.has_password && !Page.archive ?><form class="write" method="post" action="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/unlock">
<div class="field">
<label for="password"><?cs var:T.password_again ?></label>
<input type="password" id="password" name="password" required maxlength="128" autocomplete="current-password">
</div>
<button class="send" name="to" value="read"><?cs var:T.read_link ?></button>
</form>
<?cs /if ?><?cs
else ?><div class="text" dir="auto"><?cs uvar:Post.text_html ?></div>
<?cs if:!Post.is_reply && !Page.archive ?><form class="recommend" id="recommend" method="post" action="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/recommend<?cs if:Post.token ?>?key=<?cs var:Post.token ?><?cs /if ?>">
<button class="button plain"><?cs var:T.recommend ?><?cs if:Post.recommends ?> <strong><?cs var:Post.recommends ?></strong><?cs /if ?></button>
<?cs if:Recommended ?><p class="quiet" role="status"><?cs if:Recommended == "on" ?><?cs var:T.recommended ?><?cs else ?><?cs var:T.recommended_back ?><?cs /if ?></p>
<?cs /if ?></form>
<?cs /if ?><?cs /if ?><?cs call:owner_links() ?><?cs /if ?>
</article>
<?cs if:!Post.secret && !Post.is_reply ?><section class="thread" id="replies" aria-labelledby="replies-title">
<h2 id="replies-title"><?cs var:T.replies ?><?cs if:Post.replies ?> <?cs var:Post.replies ?><?cs /if ?></h2>
<?cs each:item = Replies ?><?cs call:reply_one(item) ?><?cs /each ?>
<?cs if:!Replies.0.id ?><p class="quiet"><?cs var:T.replies_none ?></p>
<?cs /if ?><?cs call:pager() ?>
<?cs if:!Post.deleted && !Page.archive ?><div class="bar">
<h3 id="reply-title"><?cs var:T.reply_title ?></h3>
<p class="links"><a href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/reply?quote=<?cs var:Post.id ?><?cs if:Post.token ?>&amp;key=<?cs var:Post.token ?><?cs /if ?>"><?cs var:T.quote_post_link ?></a></p>
</div>
<form class="write" method="post" action="<?cs var:Board.base ?><?cs var:Form.action ?>" aria-labelledby="reply-title">
<?cs call:form_fields() ?>
<?cs call:form_actions(T.reply_submit) ?>
</form>
<?cs /if ?></section>
<?cs /if ?><nav class="place" aria-label="<?cs var:T.place ?>">
<?cs if:Place.path ?><?cs if:Place.older ?><a rel="prev" href="<?cs var:Board.base ?><?cs var:Place.older ?>"><?cs var:T.older ?></a><?cs /if ?>
<?cs if:Place.newer ?><a rel="next" href="<?cs var:Board.base ?><?cs var:Place.newer ?>"><?cs var:T.newer ?></a><?cs /if ?>
<a class="back" href="<?cs var:Board.base ?><?cs var:Place.path ?>#post-<?cs var:Post.id ?>"><?cs var:T.back_to_list ?></a>
<?cs elif:Post.deleted || Post.is_reply ?><a class="back" href="<?cs var:Board.base ?>/list"><?cs var:T.back_to_list ?></a>
<?cs else ?><a rel="prev nofollow" href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/older"><?cs var:T.older ?></a>
<a rel="next nofollow" href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/newer"><?cs var:T.newer ?></a>
<a class="back" rel="nofollow" href="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/list"><?cs var:T.back_to_list ?></a>
<?cs /if ?></nav>
<?cs if:!Post.deleted && !Post.is_reply && !Post.secret && !Page.archive ?><img class="unseen" src="<?cs var:Board.base ?>/posts/<?cs var:Post.id ?>/view.gif" alt="" width="1" height="1">
<?cs /if ?><?cs call:page_end() ?>
