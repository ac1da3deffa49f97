<?cs include!"layout.cs" ?><?cs include!"form.cs" ?><?cs include!"posts.cs" ?><?cs call:form_page_begin(T.reply_title) ?>
<h1><?cs var:T.reply_title ?></h1>
<?cs call:form_problem() ?>
<?cs if:Parent.id ?><section class="preview" aria-labelledby="parent-title">
<h2 class="status" id="parent-title"><?cs var:T.in_reply_to ?> <a href="<?cs var:Board.base ?>/posts/<?cs var:Parent.id ?><?cs if:Form.key.value ?>?key=<?cs var:Form.key.value ?><?cs /if ?>"><?cs var:Parent.id ?></a></h2>
<div class="post">
<header>
<p class="name"><bdi><?cs var:Parent.name ?></bdi></p><?cs call:post_time(Parent) ?>
</header>
<?cs call:post_text(Parent) ?>
</div>
</section>
<?cs /if ?><?cs call:form_preview() ?>
<form class="write" method="post" action="<?cs var:Board.base ?><?cs var:Form.action ?>">
<?cs if:Reply.as_writer ?><p class="quiet"><?cs var:T.as_writer ?></p>
<?cs /if ?><?cs call:form_fields() ?>
<?cs call:form_actions(T.reply_submit) ?>
</form>
<?cs call:page_end() ?>
