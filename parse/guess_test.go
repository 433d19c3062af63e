package parse

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
)

// guessTexts are what the guess is tested with.
var guessTexts = []struct {
	encodings []string
	text      string
}{
	{[]string{"windows-1251", "koi8-r", "iso-8859-5"}, "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний даст мощный толчок подъёму сельского хозяйства. Главная страница, новости, контакты"},
	{[]string{"shift_jis", "euc-jp"}, "私たちは日本語の文章を書いています。これはテストです。カタカナとひらがなと漢字があります。東京都は日本の首都である。"},
	{[]string{"gbk"}, "我们正在测试中文网页的编码检测。这是一个没有声明编码的网页，浏览器必须猜测。北京是中华人民共和国的首都。"},
	{[]string{"big5"}, "我們正在測試中文網頁的編碼檢測。這是一個沒有聲明編碼的網頁，瀏覽器必須猜測。臺北是中華民國的首都。"},
	{[]string{"euc-kr"}, "우리는 한국어 웹 페이지의 인코딩 감지를 시험하고 있습니다. 이것은 선언이 없는 페이지입니다. 서울은 대한민국의 수도입니다."},
	{[]string{"windows-1252"}, "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. Die Straße führt über Köln nach München, schöne Grüße."},
	{[]string{"windows-1252"}, "Portez ce vieux whisky au juge blond qui fume. Élève, où est-il déjà ? Ça c’est l’été à la forêt près de l’île."},
	{[]string{"windows-1252"}, "A ação não é só do coração: são três irmãos à mesa. El año pasado, ¿qué pasó? Høje æbletræer på Ærø, smörgåsbord i Malmö."},
	{[]string{"windows-1250", "iso-8859-2"}, "Zażółć gęślą jaźń. Pchnąć w tę łódź jeża lub ośm skrzyń fig. Wszyscy ludzie rodzą się wolni i równi pod względem swej godności."},
	{[]string{"windows-1254"}, "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler."},
	{[]string{"iso-8859-7"}, "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια."},
	{[]string{"windows-1255"}, "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון."},
	{[]string{"windows-1256"}, "يولد جميع الناس متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا"},
	{[]string{"windows-874"}, "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม"},
}

// TestGuess: text without a declaration is recognised from a line of it, in
// every encoding that is guessed.
func TestGuess(t *testing.T) {
	for _, test := range guessTexts {
		for _, name := range test.encodings {
			line := 36 // characters
			if strings.HasPrefix(name, "windows-125") || name == "iso-8859-2" {
				line = 72 // of which only some are not ASCII, or which look alike
			}
			_, enc := lookupEncoding(name)
			runes := []rune(test.text)
			for from := 0; from+line <= len(runes); from += 5 {
				s := string(runes[from : from+line])
				b := encoded(t, s, enc.NewEncoder())
				if len(b) == len(s) { // ASCII
					continue
				}
				if got := guess([]byte("<html><head><title>" + b + "</title>")); got != name {
					t.Errorf("%q in %s: %s", s, name, got)
				}
			}
		}
	}
}

// TestGuessIsCareful: what does not make words is windows-1252, and so is UTF-8.
func TestGuessIsCareful(t *testing.T) {
	for _, s := range []string{
		"© 2026 Company", "it’s “quoted” – once…", "a\u00a0b\u00a0\u00a0\u00a0\u00a0c", "20 °C, £100, 5 €", "« Zurück · Weiter »", "à é", "naïve café", "Ä", "¿Qué?",
		"½ ¼ × ± µm", "Nº 1ª", "MÜNCHEN", "\u00a0\u00a0\u00a0|\u00a0\u00a0\u00a0",
	} {
		if got := guess([]byte(encoded(t, s, charmap.Windows1252.NewEncoder()))); got != "windows-1252" {
			t.Errorf("%q: %s", s, got)
		}
	}
	for _, test := range guessTexts {
		if got := guess([]byte(test.text + "\xff" + test.text[:len(test.text)-1])); got != "windows-1252" {
			t.Errorf("%q as UTF-8: %s", test.text, got)
		}
	}
	for _, s := range []string{"", "\xff", "\xff\xfe\xfd", "a\x80", "\x1b$B\x46\x7c\x1b(B\xa0"} {
		if got := guess([]byte(s)); got != "windows-1252" {
			t.Errorf("%q: %s", s, got)
		}
	}
}

func BenchmarkGuess(b *testing.B) {
	_, enc := lookupEncoding("koi8-r")
	text, err := enc.NewEncoder().String(guessTexts[0].text)
	if err != nil {
		b.Fatal(err)
	}
	var page []byte
	for range 100 {
		page = append(page, "<p class=x>"+text+"</p>"...)
	}
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if guess(page) != "koi8-r" {
			b.Fatal("not koi8-r")
		}
	}
}
