#include "board/sample.h"

#include <inttypes.h>

#define SENTENCES 60
#define NAMES	  40
#define TOPICS	  40
#define ENDINGS	  10
#define ITEMS	  20
#define REPLIES	  30

/* What is composed of, in one language. */
struct stock {
	const char *categories[SAMPLE_CATEGORIES];
	const char *names[NAMES];
	const char *topics[TOPICS]; /* a title is a topic and an ending */
	const char *endings[ENDINGS];
	const char *sentences[SENTENCES];
	const char *items[ITEMS];     /* of lists */
	const char *replies[REPLIES]; /* they begin a reply */
	const char *list_is;	      /* what stands before a list */
	const char *link_is;	      /* and before a link */
};

static const struct stock korean = {
    .categories = {"공지", "질문", "자유"},
    .names = {"느티나무", "바람개비", "민지", "현우", "달팽이", "봄비", "서연",
	"지훈", "구름한점", "도토리", "은하수", "파란대문", "수빈", "하늘다리",
	"막국수", "새벽산책", "준호", "유진", "솔방울", "골목길", "다온",
	"물수제비", "예린", "반딧불이", "김밥한줄", "옆집사람", "태윤",
	"나무늘보", "소나기", "윤슬", "별헤는밤", "감나무집", "지우", "민들레",
	"노을", "두부", "책갈피", "자전거탄풍경", "해솔", "고양이집사"},
    .topics = {"자전거 출퇴근", "된장찌개 끓이기", "동네 도서관", "주말농장",
	"강아지 산책길", "베란다 텃밭", "중고 책장", "아침 달리기",
	"마을 벼룩시장", "오래된 라디오 수리", "필름 카메라", "독서 모임",
	"김장 준비", "뒷산 둘레길", "커피 내리는 법", "기타 연습", "손글씨",
	"겨울철 화분 관리", "아이와 갈 만한 곳", "비 오는 날 산책",
	"천연 발효빵", "낡은 의자 고치기", "고양이 화장실", "동네 분식집",
	"새로 생긴 빵집", "버스 노선 변경", "분리수거 요일", "주말 등산",
	"봄꽃 구경", "집에서 만드는 국수", "뜨개질 모임", "작은 음악회",
	"동네 바둑", "노트북 배터리", "리눅스 설치", "전기 자전거", "여름 휴가",
	"손전등 고르기", "텐트 말리기", "별 보기 좋은 곳"},
    .endings = {" 이야기", " 질문 있습니다", " 후기 남깁니다",
	", 다들 어떻게 하세요?", " 함께하실 분 찾습니다", " 사진 올립니다",
	"에 대해 알려 주세요", " 정리해 봤어요", ", 추천 부탁드려요", " 소식"},
    .sentences =
	{"어제 저녁에 동네를 한 바퀴 돌고 왔는데 바람이 제법 시원했습니다.",
	    "혹시 저처럼 처음 해 보시는 분이 있다면 천천히 시작하시길 "
	    "권합니다.",
	    "사진은 나중에 정리해서 따로 올리겠습니다.",
	    "비가 그치고 나니 골목에 흙냄새가 가득하네요.",
	    "생각보다 시간이 오래 걸렸지만 그만큼 보람이 있었습니다.",
	    "작년에는 실패했는데 올해는 물을 조금 덜 주었더니 잘 자랍니다.",
	    "도서관 2층 창가 자리가 요즘 제일 조용합니다.",
	    "처음에는 어렵게 느껴졌지만 두어 번 해 보니 손에 익었습니다.",
	    "가격은 조금 올랐어도 맛은 예전 그대로였습니다.",
	    "아이들이 무척 좋아해서 다음 달에도 다시 가기로 했습니다.",
	    "주차할 곳이 마땅치 않으니 버스를 타고 가시는 편이 낫습니다.",
	    "저는 보통 아침 여섯 시쯤 일어나서 삼십 분 정도 걷습니다.",
	    "필요하신 분이 계시면 댓글로 알려 주세요.",
	    "준비물은 따로 없고 편한 신발만 있으면 됩니다.",
	    "며칠 고민하다가 결국 직접 고쳐 보기로 했습니다.",
	    "나사 하나가 헐거워져서 소리가 났던 모양입니다.",
	    "이웃분께서 공구를 빌려 주셔서 금방 끝났습니다.",
	    "고맙다는 말씀을 이 자리를 빌려 전합니다.",
	    "된장은 마지막에 풀어야 향이 살아 있다고 합니다.",
	    "멸치 육수를 미리 내 두면 평일 저녁이 한결 수월해집니다.",
	    "라디오에서 오래된 노래가 나와서 한참을 듣고 있었습니다.",
	    "요즘은 해가 짧아져서 다섯 시만 되어도 어둑어둑합니다.",
	    "같은 고민을 하셨던 분의 경험을 듣고 싶습니다.",
	    "안내판에 적힌 시간과 실제 시간이 조금 다르니 참고하세요.",
	    "지난번 모임에서는 열두 명이 모여 두 시간쯤 이야기를 나눴습니다.",
	    "다음 모임은 이번 달 마지막 토요일 오후로 생각하고 있습니다.",
	    "책을 다 읽지 못하셨어도 편하게 오시면 됩니다.",
	    "창문을 조금 열어 두었더니 풀벌레 소리가 들립니다.",
	    "설명서를 다시 읽어 보니 제가 순서를 거꾸로 하고 있었습니다.",
	    "배터리를 새것으로 바꾸고 나서는 하루 종일 쓸 수 있게 되었습니다.",
	    "산길이 미끄러우니 비 온 다음 날은 피하시는 것이 좋겠습니다.",
	    "정상에서 먹는 김밥은 언제나 맛있습니다.",
	    "고양이가 새 상자를 발견하고는 나올 생각을 하지 않습니다.",
	    "화분을 햇볕이 드는 쪽으로 옮겼더니 새잎이 났습니다.",
	    "작은 것이라도 꾸준히 하면 달라진다는 걸 배웠습니다.",
	    "어르신들 말씀으로는 예전에 이 자리에 우물이 있었다고 합니다.",
	    "시장 입구 쪽 가게가 아침 일찍 문을 엽니다.",
	    "제가 알기로는 화요일과 금요일에 내놓으면 됩니다.",
	    "혹시 제가 잘못 알고 있다면 바로잡아 주세요.",
	    "밤에는 기온이 많이 내려가니 겉옷을 챙기시길 바랍니다.",
	    "반죽은 하룻밤 냉장고에 두었다가 구우면 훨씬 고소합니다.",
	    "오븐이 없어도 두꺼운 냄비로 충분히 구울 수 있습니다.",
	    "버스 배차 간격이 십오 분에서 이십 분으로 늘었다고 합니다.",
	    "종점에서 내려 개울을 따라 십 분쯤 걸으면 나옵니다.",
	    "사람이 많지 않은 평일 오전을 추천합니다.",
	    "기타 줄을 바꾼 지 오래되어 이번에 모두 새로 갈았습니다.",
	    "하루에 한 곡씩만 연습해도 한 달이면 꽤 늘더라고요.",
	    "뜨개질은 실 고르는 재미가 절반인 것 같습니다.",
	    "서두르지 않고 한 코씩 하다 보면 어느새 목도리가 되어 있습니다.",
	    "중고로 구했는데 상태가 좋아서 만족하고 있습니다.",
	    "물건은 직접 오셔서 보시고 결정하시면 됩니다.",
	    "날씨가 좋으면 마당에서, 비가 오면 회관에서 모입니다.",
	    "간단한 다과를 준비할 테니 빈손으로 오세요.",
	    "질문이 길어졌는데 읽어 주셔서 고맙습니다.",
	    "여러분은 어떻게 생각하시는지 궁금합니다.",
	    "지난 글에 달린 답변 덕분에 문제를 해결했습니다.",
	    "같은 일을 겪는 분이 계실까 봐 방법을 적어 둡니다.",
	    "달이 밝아서 손전등 없이도 길이 잘 보였습니다.",
	    "올해 첫눈은 예년보다 조금 늦을 것 같다고 하네요.",
	    "모두 건강하고 편안한 하루 보내시길 바랍니다."},
    .items = {"물 한 병", "편한 신발", "얇은 겉옷", "작은 수건", "손전등",
	"먼저 전원을 끄고 오 분 기다리기", "나사를 순서대로 풀어 두기",
	"마른 천으로 닦기", "밀가루 300그램", "소금 한 꼬집", "따뜻한 물 두 컵",
	"토요일 오후 두 시", "회관 1층 큰방", "읽고 싶은 책 한 권",
	"지도와 연필", "**장갑은 꼭** 챙기기", "흙은 반만 채우기",
	"사흘에 한 번 물 주기", "사진은 밝은 곳에서", "궁금한 점 적어 오기"},
    .replies = {"좋은 글 고맙습니다.", "저도 그렇게 생각합니다.",
	"혹시 위치가 어디쯤인가요?", "저는 조금 다르게 하고 있습니다.",
	"덕분에 큰 도움이 되었습니다.", "사진도 궁금합니다.",
	"다음에 같이 가요!", "아, 그런 방법이 있었군요.",
	"저희 집도 똑같습니다.", "시간이 맞으면 참석하겠습니다.",
	"그 부분은 저도 늘 헷갈립니다.", "직접 해 보니 정말 되네요.",
	"한 가지만 더 여쭤볼게요.", "말씀하신 곳에 다녀왔습니다.",
	"축하드립니다.", "비슷한 경험이 있습니다.", "수고 많으셨습니다.",
	"제 경우에는 이틀이 걸렸습니다.", "오늘 저녁에 해 보겠습니다.",
	"자세히 알려 주셔서 고맙습니다.", "저는 반대로 알고 있었네요.",
	"참고하겠습니다.", "재미있게 읽었습니다.",
	"우리 동네에도 있으면 좋겠어요.", "이건 처음 알았습니다.",
	"조심해서 다녀오세요.", "다음 글도 기다릴게요.",
	"저도 한 자리 부탁드립니다.", "확인해 보고 다시 적겠습니다.",
	"맞습니다."},
    .list_is = "적어 두면 이렇습니다.",
    .link_is = "자세한 내용은 여기에 있습니다: ",
};

static const struct stock english = {
    .categories = {"Notices", "Questions", "Anything"},
    .names = {"Rowan", "Mina", "Theo", "quiet lake", "Jun", "Hazel", "Oskar",
	"June B.", "paperboat", "Sam", "Noor", "Ines", "old radio", "Felix",
	"Mira", "Tomas", "bluebird", "Ada K.", "Leo", "Yuna", "window seat",
	"Marit", "Caleb", "Sora", "two wheels", "Ivy", "Ben", "Elif",
	"the baker", "Nils", "Asha", "Milo", "porch light", "Greta", "Kofi",
	"Dana", "slow tea", "Emil", "Robin", "Wren"},
    .topics = {"Cycling to work", "Sourdough at home", "The town library",
	"The weekend garden", "A walk with the dog", "Tomatoes on a balcony",
	"A second-hand bookshelf", "Running in the morning", "The flea market",
	"Mending an old radio", "Film cameras", "The reading circle",
	"Making soup for ten", "The hill path", "Coffee without a machine",
	"Learning the guitar", "Fountain pens", "Plants in winter",
	"Places for children", "Walking in the rain", "Bread and patience",
	"An old wooden chair", "The cat and the box", "The noodle shop",
	"The new bakery", "The bus timetable", "Recycling days",
	"Hiking on Sunday", "Spring flowers", "Fresh noodles",
	"The knitting evening", "A small concert", "Chess in the park",
	"Laptop batteries", "Installing Linux", "Electric bicycles",
	"Summer holidays", "Choosing a torch", "Drying a tent",
	"Where to see stars"},
    .endings = {": a question", ": what I learned", ", some photographs",
	": who would like to join?", ": a short report", ": what do you do?",
	", again", ": any advice?", ", step by step", ": news"},
    .sentences =
	{"I walked around the neighbourhood last night and the air was "
	 "lovely.",
	    "If you are new to this, take it slowly at first.",
	    "I will sort the photographs and post them later.",
	    "After the rain the whole street smelled of earth.",
	    "It took longer than I thought, and it was worth it.",
	    "Last year it failed; this year I watered less and it grew well.",
	    "The window seats on the second floor are the quietest.",
	    "It felt hard at first, but after two tries it was easy.",
	    "The price went up a little, the taste is the same as ever.",
	    "The children liked it so much that we go again next month.",
	    "Parking is difficult there, so the bus is the better choice.",
	    "I usually get up at six and walk for half an hour.",
	    "If you need one, please leave a reply.",
	    "You need nothing but comfortable shoes.",
	    "After a few days of thinking I decided to mend it myself.",
	    "A loose screw seems to have made the noise.",
	    "A neighbour lent me the tools, so it was done quickly.",
	    "Many thanks to everyone who helped.",
	    "Salt goes in last; it makes more of a difference than you think.",
	    "A pot of stock made on Sunday saves the weekday evenings.",
	    "An old song came on the radio and I listened to the end.",
	    "The days are short now: at five it is already getting dark.",
	    "I would like to hear from somebody who had the same problem.",
	    "The times on the sign are not quite the real ones.",
	    "Twelve of us met last time and talked for two hours.",
	    "The next meeting is planned for the last Saturday of the month.",
	    "Come along even if you have not finished the book.",
	    "With the window open I can hear the crickets.",
	    "Reading the manual again, I found that I had the order reversed.",
	    "With a new battery it lasts the whole day.",
	    "The path is slippery on the day after rain.",
	    "Sandwiches always taste better at the top.",
	    "The cat has found the new box and will not come out.",
	    "I moved the pot into the light and it has a new leaf.",
	    "Small things done every day add up.",
	    "They say that there used to be a well in this place.",
	    "The shop by the gate opens early in the morning.",
	    "As far as I know, Tuesdays and Fridays are the days for it.",
	    "Please correct me if I have this wrong.",
	    "The nights are cold, so bring a jacket.",
	    "Leave the dough in the fridge overnight and it tastes better.",
	    "Without an oven a heavy pot works just as well.",
	    "The bus now comes every twenty minutes instead of fifteen.",
	    "Get off at the last stop and follow the stream for ten minutes.",
	    "I recommend a weekday morning, when there are few people.",
	    "The strings were years old, so I changed all six.",
	    "One song a day is enough: after a month you hear it.",
	    "Half the fun of knitting is choosing the wool.",
	    "One stitch after another, and suddenly it is a scarf.",
	    "I bought it second-hand and I am happy with it.",
	    "Come and have a look before you decide.",
	    "In good weather we meet in the yard, else in the hall.",
	    "There will be tea, so come with empty hands.",
	    "This became a long question; thank you for reading.",
	    "I wonder what the rest of you think.",
	    "The answers to my last post solved it, thank you.",
	    "I am writing it down in case somebody else needs it.",
	    "The moon was so bright that we needed no torch.",
	    "The first snow should come a little later this year.",
	    "Have a good day, all of you."},
    .items = {"a bottle of water", "comfortable shoes", "a thin jacket",
	"a small towel", "a torch", "switch it off and wait five minutes",
	"keep the screws in order", "wipe it with a dry cloth",
	"300 grams of flour", "a pinch of salt", "two cups of warm water",
	"Saturday at two", "the large room downstairs",
	"one book you want to read", "a map and a pencil",
	"**do bring gloves**", "fill the pot halfway with soil",
	"water it every third day", "take pictures in good light",
	"write your questions down"},
    .replies = {"Thank you for this.", "I think so too.",
	"Where is that, roughly?", "I do it a little differently.",
	"That helped me a lot.", "I would love to see a picture.",
	"Let us go together next time!", "Oh, so that is how it works.",
	"It is just the same here.", "I will come if I have the time.",
	"That part always confuses me too.", "I tried it, and it works.",
	"May I ask one more thing?", "I have been there since.",
	"Congratulations.", "Something like that happened to me.", "Well done.",
	"It took me two days.", "I will try it tonight.",
	"Thanks for the details.", "I had it the other way round.",
	"Good to know.", "I enjoyed reading that.", "I wish we had one here.",
	"That is new to me.", "Take care.", "Looking forward to the next one.",
	"Please keep a place for me.", "I will check and write again.",
	"Quite right."},
    .list_is = "In short:",
    .link_is = "There is more about it here: ",
};

static const struct stock *const stocks[SAMPLE_LANGUAGES] = {
    [SAMPLE_KOREAN] = &korean,
    [SAMPLE_ENGLISH] = &english,
};

void
sample_begin(struct sample *sample, uint64_t seed)
{
	sample->state = seed;
}

/* SplitMix64: neighbouring seeds give streams that have nothing in common. */
uint64_t
sample_below(struct sample *sample, uint64_t limit)
{
	uint64_t mixed = sample->state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (mixed ^ (mixed >> 31)) % limit;
}

const char *
sample_name(struct sample *sample, enum sample_language language)
{
	return stocks[language]->names[sample_below(sample, NAMES)];
}

const char *
sample_category(enum sample_language language, size_t number)
{
	return stocks[language]->categories[number];
}

void
sample_title(
    struct sample *sample, enum sample_language language, struct buf *title)
{
	const struct stock *stock = stocks[language];

	buf_text(title, stock->topics[sample_below(sample, TOPICS)]);
	buf_text(title, stock->endings[sample_below(sample, ENDINGS)]);
}

/* A walk through the sentences that meets none twice before it met all. */
struct walk {
	size_t at;
	size_t step;
};

static struct walk
walk_begin(struct sample *sample)
{
	/* Without a divisor in common with SENTENCES. */
	static const size_t steps[] = {
	    7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 49, 53};
	struct walk walk = {.at = sample_below(sample, SENTENCES)};

	_Static_assert(SENTENCES == 60, "the steps");
	walk.step =
	    steps[sample_below(sample, sizeof(steps) / sizeof(steps[0]))];
	return walk;
}

static void
add_sentences(const struct stock *stock, struct walk *walk, uint64_t count,
    struct buf *text)
{
	for (uint64_t i = 0; i < count; i++) {
		if (i > 0)
			buf_text(text, " ");
		buf_text(text, stock->sentences[walk->at]);
		walk->at = (walk->at + walk->step) % SENTENCES;
	}
}

static void
add_list(struct sample *sample, const struct stock *stock, struct buf *text)
{
	uint64_t count = 2 + sample_below(sample, 3);
	uint64_t first = sample_below(sample, ITEMS);

	buf_text(text, stock->list_is);
	buf_text(text, "\n");
	for (uint64_t i = 0; i < count; i++) {
		buf_text(text, "\n- ");
		buf_text(text, stock->items[(first + i) % ITEMS]);
	}
}

/* What a long text has between two paragraphs. */
static void
add_block(struct sample *sample, const struct stock *stock, struct walk *walk,
    struct buf *text)
{
	buf_text(text, "\n\n");
	switch (sample_below(sample, 3)) {
	case 0:
		add_list(sample, stock, text);
		break;
	case 1:
		buf_text(text, "> ");
		add_sentences(stock, walk, 1, text);
		break;
	default:
		buf_text(text, stock->link_is);
		buf_printf(text, "https://example.org/madang/%" PRIu64,
		    sample_below(sample, 10000));
		break;
	}
}

void
sample_text(
    struct sample *sample, enum sample_language language, struct buf *text)
{
	const struct stock *stock = stocks[language];
	struct walk walk = walk_begin(sample);
	uint64_t kind = sample_below(sample, 100);
	uint64_t paragraphs = 1;

	if (kind < 35) {
		add_sentences(stock, &walk, 1 + sample_below(sample, 4), text);
		return;
	}
	paragraphs = kind < 81 ? 1 + sample_below(sample, 3)
			       : 4 + sample_below(sample, 4);
	for (uint64_t i = 0; i < paragraphs; i++) {
		if (i > 0)
			buf_text(text, "\n\n");
		add_sentences(stock, &walk, 2 + sample_below(sample, 3), text);
		if (sample_below(sample, 5) == 0)
			add_block(sample, stock, &walk, text);
	}
}

void
sample_reply(
    struct sample *sample, enum sample_language language, struct buf *text)
{
	const struct stock *stock = stocks[language];
	struct walk walk = walk_begin(sample);
	uint64_t more = sample_below(sample, 3);

	buf_text(text, stock->replies[sample_below(sample, REPLIES)]);
	if (more > 0) {
		buf_text(text, " ");
		add_sentences(stock, &walk, more, text);
	}
}
